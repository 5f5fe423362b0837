// SPDX-License-Identifier: Apache-2.0

import Credentials

/// How a reader is driven: what a line of settings or of quirks says of it besides its name and place.
package struct ReaderModel: Hashable, Sendable {
    package let kind: ReaderKind
    package var options: ReaderOptions
    /// How often a network reader is to be heard of, and hears of us; `nil`: only TCP itself looks after the peer.
    package var heartbeat: Duration?
    package var osdp = OSDPOptions()
    /// As they were written, `key=value`.
    package private(set) var words: [String] = []

    package init(kind: ReaderKind, options: ReaderOptions = ReaderOptions(), heartbeat: Duration? = nil) {
        self.kind = kind
        self.options = options
        self.heartbeat = heartbeat
    }

    /// The readers that answer as one that is named so: on an OSDP line with several addresses there is one for each,
    /// `NAME.ADDRESS`.
    package func readerNames(of name: String) -> [String] {
        osdp.addresses.count == 1 ? [name] : osdp.addresses.map { "\(name).\($0)" }
    }

    /// People can type at it, as far as its kind and options tell: of a reader with keys on an OSDP line only the
    /// option does, because such readers do not say so themselves.
    package var hasKeys: Bool { kind == .keypad || kind == .serialKeypad || options.wiegandKeys != .none }

    /// What is wrong with a word, in words.
    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let description: String

        package init(_ description: String) { self.description = description }
    }

    /// - Parameter words: `key=value`, or a lone key for what is on or off.
    package init(kind: ReaderKind, words: [String]) throws(Fault) {
        self.init(kind: kind)
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            try set(parts[0], parts.count == 2 ? parts[1] : nil)
        }
        self.words = words
    }

    package static let keys = [
        "grammar", "min", "max", "length", "end", "pause", "typing", "tracks", "track", "poll", "speed", "parity",
        "bits", "stop", "rs485", "binary", "crc", "silent", "technology", "keys", "address", "secure", "check",
        "heartbeat",
    ]

    private mutating func set(_ key: String, _ value: String?) throws(Fault) {
        switch key {
        case "grammar": options.grammar = try word(key, value)
        case "min": options.shortest = try number(key, value, 1...128)
        case "max": options.longest = try number(key, value, 1...128)
        case "length": options.fixedLength = try number(key, value, 1...128)
        case "end": options.endsBySilence = try choice(key, value, ["silence": true, "enter": false])
        case "pause": options.pause = .milliseconds(try number(key, value, 10...10_000))
        case "typing": options.acceptsTyping = try flag(key, value)
        case "tracks": options.tracksAreLines = try choice(key, value, ["lines": true, "together": false])
        case "track": options.track = try number(key, value, 1...3)
        case "poll": options.pollInterval = .milliseconds(try number(key, value, 20...10_000))
        case "binary": options.isBinary = try flag(key, value)
        case "crc": options.hasCRC = try flag(key, value)
        case "silent": options.isSilent = try flag(key, value)
        case "technology": options.technology = try technology(key, value)
        case "keys": options.wiegandKeys = try word(key, value)
        case "address": osdp.addresses = try addresses(key, value)
        case "secure": osdp.isSecure = try flag(key, value)
        case "check": osdp.hasCRC = try choice(key, value, ["crc": true, "sum": false])
        case "heartbeat": heartbeat = .seconds(try number(key, value, 1...3600))
        default: try setLine(key, value)
        }
    }

    private mutating func setLine(_ key: String, _ value: String?) throws(Fault) {
        let standard: SerialLine = if case .serial(let line) = kind.transport { line } else { SerialLine() }
        var line = options.line ?? standard
        switch key {
        case "speed":
            line.speed = try number(key, value, 1200...230_400)
            guard Self.speeds.contains(line.speed) else {
                throw Fault("speed must be one of " + Self.speeds.map { "\($0)" }.joined(separator: ", "))
            }
        case "parity": line.parity = try word(key, value)
        case "bits": line.dataBits = try number(key, value, 7...8)
        case "stop": line.stopBits = try number(key, value, 1...2)
        case "rs485": line.rs485 = try word(key, value)
        default: throw Fault("there is no option \(key.debugDescription); there are " + Self.list(Self.keys))
        }
        options.line = line
    }

    private static let speeds = [1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200, 230_400]

    private static func list(_ words: [String]) -> String { words.joined(separator: ", ") }

    // MARK: Values

    private func number(_ key: String, _ value: String?, _ range: ClosedRange<Int>) throws(Fault) -> Int {
        guard let value, let number = Int(value), range.contains(number) else {
            throw Fault("\(key) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private func flag(_ key: String, _ value: String?) throws(Fault) -> Bool {
        value == nil ? true : try choice(key, value, ["yes": true, "on": true, "no": false, "off": false])
    }

    private func choice(_ key: String, _ value: String?, _ words: [String: Bool]) throws(Fault) -> Bool {
        guard let value, let choice = words[value] else {
            throw Fault("\(key) must be one of " + Self.list(words.keys.sorted()))
        }
        return choice
    }

    private func addresses(_ key: String, _ value: String?) throws(Fault) -> [UInt8] {
        let parts = (value ?? "").split(separator: ",", omittingEmptySubsequences: false).map { UInt8($0) }
        let addresses = parts.compactMap { $0 }.filter { $0 <= OSDPOptions.highest }
        guard addresses.count == parts.count, Set(addresses).count == parts.count else {
            throw Fault("\(key) must be different numbers from 0 to \(OSDPOptions.highest) with commas between them")
        }
        return addresses
    }

    private func word<Value: RawRepresentable & CaseIterable>(
        _ key: String, _ value: String?
    ) throws(Fault) -> Value where Value.RawValue == String {
        guard let value, let word = Value(rawValue: value) else {
            throw Fault("\(key) must be one of " + Self.list(Value.allCases.map(\.rawValue)))
        }
        return word
    }

    private func technology(_ key: String, _ value: String?) throws(Fault) -> Technology {
        guard let technology = Technology.allCases.first(where: { "\($0)" == value }) else {
            throw Fault("\(key) must be one of " + Self.list(Technology.allCases.map { "\($0)" }))
        }
        return technology
    }
}

/// The readers on an OSDP line.
package struct OSDPOptions: Hashable, Sendable {
    static let highest: UInt8 = 0x7E

    package var addresses: [UInt8] = [0]
    /// Off: they are spoken to in clear, because somebody said so.
    package var isSecure = true
    package var hasCRC = true
}
