// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Where a reader is found.
package enum ReaderPlace: Hashable, Sendable {
    /// A device node; a link such as `/dev/serial/by-id/…` will do.
    case path(String)
    case usb(USBIdentity)
    /// By the name that PC/SC has for it.
    case smartCard(Wildcard)
    case dial(host: String, port: UInt16)
    case listen(port: UInt16)
    /// Whatever model is plugged in at this ``DeviceFacts/port``, as its quirk says.
    case port(String)
}

/// Which of the devices that are plugged in.
package struct USBIdentity: Hashable, Sendable {
    package let vendor: UInt16
    package let product: UInt16
    package var serial: String?
    /// ``DeviceFacts/port`` or udev's ID_PATH.
    package var port: String?
    /// Which of several interfaces with a node each.
    package var interface: Int?

    package init(vendor: UInt16, product: UInt16) {
        self.vendor = vendor
        self.product = product
    }

    /// `16c0:27db`
    init?(_ text: String) {
        let halves = text.split(separator: ":", omittingEmptySubsequences: false)
        guard halves.count == 2, halves.allSatisfy({ $0.utf8.count == 4 && $0.first != "+" }),
            let vendor = UInt16(halves[0], radix: 16),
            let product = UInt16(halves[1], radix: 16)
        else { return nil }
        self.init(vendor: vendor, product: product)
    }

    package var text: String { Self.hex(vendor) + ":" + Self.hex(product) }

    static func hex(_ number: UInt16) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 4 - digits.count) + digits
    }
}

/// One reader or keypad that belongs to this box.
package struct ReaderSetting: Hashable, Sendable {
    package static let nameLimit = 64

    /// Unique in the box; it is the reader's name in the log and at the server.
    package let name: String
    package let model: ReaderModel
    package let place: ReaderPlace

    package init(name: String, model: ReaderModel, place: ReaderPlace) {
        self.name = name
        self.model = model
        self.place = place
    }

    /// `KIND DEVICE [key=value …]`: `id12 /dev/ttyUSB0`, `wedge 16c0:27db`, `pcsc pcsc:*OMNIKEY*`,
    /// `rfideas tcp:10.1.2.3:4001 heartbeat=10`, `text listen:4002`. Which of several equal USB devices: `serial=`,
    /// `port=usb-1.2`, `interface=0`.
    package init(name: String, text: String) throws(ReaderModel.Fault) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true).map(String.init)
        guard words.count >= 2 else { throw .init("a reader is KIND DEVICE [key=value …]") }
        guard let kind = ReaderKind(rawValue: words[0]) else {
            throw .init(
                "there is no kind \(words[0].debugDescription); there are "
                    + ReaderKind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard (1...Self.nameLimit).contains(name.utf8.count), !name.contains(where: \.isWhitespace) else {
            throw .init("a reader's name has 1 to \(Self.nameLimit) characters and no space")
        }
        guard var place = ReaderPlace(words[1]) else {
            throw .init("a device is a path, VID:PID, pcsc:PATTERN, tcp:HOST:PORT or listen:PORT")
        }
        let rest = try place.take(words.dropFirst(2))
        guard place.suits(kind) else {
            throw .init("\(words[1]) is no place for a reader of the kind \(kind.rawValue)")
        }
        self.init(name: name, model: try ReaderModel(kind: kind, words: rest), place: place)
    }
}

extension ReaderPlace {
    init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        switch (parts[0], parts.count == 2 ? parts[1] : "") {
        case (let path, _) where path.hasPrefix("/"): self = .path(text)
        case ("pcsc", let pattern) where !pattern.isEmpty: self = .smartCard(Wildcard(pattern))
        case ("listen", let number):
            guard let port = HostPort.number(number) else { return nil }
            self = .listen(port: port)
        case ("tcp", let address):
            guard let place = try? HostPort(address) else { return nil }
            self = .dial(host: place.host, port: place.port)
        default:
            guard let identity = USBIdentity(text) else { return nil }
            self = .usb(identity)
        }
    }

    /// Takes the words that say which device, and leaves those that say how to drive it.
    fileprivate mutating func take(_ words: ArraySlice<String>) throws(ReaderModel.Fault) -> [String] {
        guard case .usb(var identity) = self else { return Array(words) }
        var rest: [String] = []
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            switch (parts[0], parts.count == 2 ? parts[1] : "") {
            case ("serial", let serial) where !serial.isEmpty: identity.serial = serial
            case ("port", let port) where !port.isEmpty: identity.port = port
            case ("interface", let number):
                guard let interface = Int(number), (0...31).contains(interface) else {
                    throw .init("interface must be a number from 0 to 31")
                }
                identity.interface = interface
            default: rest.append(word)
            }
        }
        self = .usb(identity)
        return rest
    }

    fileprivate func suits(_ kind: ReaderKind) -> Bool {
        switch (self, kind.transport) {
        case (.smartCard, .pcsc): true
        case (.smartCard, _), (_, .pcsc): false
        case (.dial, .serial), (.listen, .serial): true
        case (.dial, _), (.listen, _): false
        case (.path(let path), let transport): !transport.foreignFolders.contains { path.hasPrefix($0) }
        case (.usb, _), (.port, _): true
        }
    }

    /// As settings write it.
    package var text: String {
        switch self {
        case .path(let path): path
        case .usb(let identity):
            ([identity.text]
                + [identity.serial.map { "serial=\($0)" }, identity.port.map { "port=\($0)" }]
                .compactMap { $0 }).joined(separator: " ")
        case .smartCard(let pattern): "pcsc:\(pattern.text)"
        case .dial(let host, let port): "tcp:\(HostPort(host: host, port: port))"
        case .listen(let port): "listen:\(port)"
        case .port(let port): port
        }
    }
}

extension ReaderTransport {
    /// Where nodes of other subsystems are for sure; other paths may be links to anything.
    fileprivate var foreignFolders: [String] {
        let (serial, input, hidraw) = (["/dev/tty", "/dev/serial/"], ["/dev/input/"], ["/dev/hidraw"])
        return switch self {
        case .serial: input + hidraw
        case .evdev: serial + hidraw
        case .hidraw: serial + input
        case .stream, .pcsc: serial + input + hidraw
        }
    }
}

extension ReaderSetting {
    /// Both would want the same one. Of several equal USB devices each gets one, unless serial number or place say
    /// which; and one that reads badges and has keys is two devices at one place.
    package func sharesDevice(with other: ReaderSetting) -> Bool {
        guard place == other.place else { return false }
        switch place {
        case .path, .dial, .listen: return true
        case .usb(let identity):
            return model.kind == other.model.kind && (identity.serial != nil || identity.port != nil)
        case .smartCard, .port: return false
        }
    }
}

/// A text in which `*` stands for any characters, in upper or lower case alike.
package struct Wildcard: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package func matches(_ other: String) -> Bool {
        var pieces = text.lowercased().split(separator: "*", omittingEmptySubsequences: false)[...]
        var rest = other.lowercased()[...]
        guard let first = pieces.popFirst(), rest.hasPrefix(first) else { return false }
        rest = rest.dropFirst(first.count)
        guard let last = pieces.popLast() else { return rest.isEmpty }
        for piece in pieces {
            guard let end = Self.end(of: piece, in: rest) else { return false }
            rest = rest[end...]
        }
        return rest.count >= last.count && rest.hasSuffix(last)
    }

    private static func end(of piece: Substring, in text: Substring) -> String.Index? {
        var rest = text
        while true {
            if rest.hasPrefix(piece) { return rest.index(rest.startIndex, offsetBy: piece.count) }
            if rest.popFirst() == nil { return nil }
        }
    }
}
