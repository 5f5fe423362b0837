// SPDX-License-Identifier: Apache-2.0

/// What is known of one model of reader.
package struct ReaderQuirk: Hashable, Sendable {
    package enum Device: Hashable, Sendable {
        case usb(vendor: UInt16, product: UInt16)
        /// By the name that the device or PC/SC has for it.
        case model(Wildcard)
    }

    package let device: Device
    /// For people.
    package let name: String
    /// `nil` for `kind = none`: what another file says of the device does not count.
    package let model: ReaderModel?
    /// A kernel module that has to be told of the device.
    package let driver: String?
}

/// The quirk files as one table. A file is lines of
///
///     # comment, with the public source
///     [0c27:3bfa]            or [model=Sycreader*]
///     name = rf IDEAS pcProx
///     kind = pcprox
///     options = poll=200     as in settings
///     driver = ftdi_sio
///
/// Of two sections for a device the later one counts, and one that names VID:PID before one that matches the model.
package struct ReaderQuirks: Hashable, Sendable {
    package static let sizeLimit = 256 * 1024
    package static let countLimit = 4096

    package struct Fault: Error, Hashable, Sendable, CustomStringConvertible {
        package let file: String
        package let line: Int
        package let problem: String

        package var description: String { "\(file):\(line): \(problem)" }
    }

    package private(set) var all: [ReaderQuirk] = []

    package init() {}

    package init(parsing text: String, file: String) throws(Fault) {
        var parser = QuirkParser(file: file)
        guard text.utf8.count <= Self.sizeLimit else { throw parser.fault("longer than \(Self.sizeLimit) bytes") }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) { try parser.take(line) }
        try parser.closeSection()
        all = parser.quirks
    }

    /// The sections of another file, which come before these where both speak of a device.
    package mutating func add(_ other: ReaderQuirks) {
        all = Array((all + other.all).suffix(Self.countLimit))
    }

    /// `nil` for a device that is not in the table.
    package func quirk(for facts: DeviceFacts) -> ReaderQuirk? {
        let byNumber = all.last { $0.device == .usb(vendor: facts.vendor, product: facts.product) }
        return byNumber
            ?? all.last { quirk in
                guard case .model(let pattern) = quirk.device, let model = facts.model else { return false }
                return pattern.matches(model)
            }
    }
}

private struct QuirkParser {
    private struct Section {
        let device: ReaderQuirk.Device
        let line: Int
        var values: [String: (value: String, line: Int)] = [:]
    }

    let file: String
    private(set) var quirks: [ReaderQuirk] = []
    private var section: Section?
    private var line = 0

    init(file: String) { self.file = file }

    func fault(_ problem: String, line: Int? = nil) -> ReaderQuirks.Fault {
        ReaderQuirks.Fault(file: file, line: line ?? max(1, self.line), problem: problem)
    }

    mutating func take(_ raw: Substring) throws(ReaderQuirks.Fault) {
        line += 1
        let text = Self.trimmed(raw)
        if text.isEmpty || text.hasPrefix("#") { return }
        if text.hasPrefix("[") { return try open(text) }
        let halves = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(Self.trimmed)
        guard halves.count == 2 else { throw fault("neither [DEVICE] nor key = value") }
        guard section != nil else { throw fault("\(halves[0]) stands before any [DEVICE]") }
        guard ["name", "kind", "options", "driver"].contains(halves[0]) else {
            throw fault("there is no key \(halves[0].debugDescription); there are name, kind, options, driver")
        }
        guard section?.values.updateValue((halves[1], line), forKey: halves[0]) == nil else {
            throw fault("\(halves[0]) is given twice")
        }
    }

    private mutating func open(_ text: String) throws(ReaderQuirks.Fault) {
        try closeSection()
        guard text.hasSuffix("]"), let device = Self.device(text.dropFirst().dropLast()) else {
            throw fault("a device is [VID:PID] in hexadecimal, or [model=PATTERN]")
        }
        guard !quirks.contains(where: { $0.device == device }) else { throw fault("\(text) is there twice") }
        section = Section(device: device, line: line)
    }

    private static func device(_ text: Substring) -> ReaderQuirk.Device? {
        if text.hasPrefix("model=") {
            let pattern = text.dropFirst("model=".count)
            return pattern.allSatisfy { $0 == "*" } ? nil : .model(Wildcard(String(pattern)))
        }
        return USBIdentity(String(text)).map { .usb(vendor: $0.vendor, product: $0.product) }
    }

    mutating func closeSection() throws(ReaderQuirks.Fault) {
        guard let section else { return }
        self.section = nil
        guard let kind = section.values["kind"] else { throw fault("the section has no kind", line: section.line) }
        let driver = section.values["driver"]
        if let driver, !driver.value.utf8.allSatisfy({ (0x61...0x7A) ~= $0 || (0x30...0x39) ~= $0 || $0 == 0x5F }) {
            throw fault("a driver is the name of a kernel module", line: driver.line)
        }
        quirks.append(
            ReaderQuirk(
                device: section.device, name: section.values["name"]?.value ?? "", model: try model(section, kind),
                driver: driver?.value))
    }

    private func model(
        _ section: Section, _ kind: (value: String, line: Int)
    ) throws(ReaderQuirks.Fault) -> ReaderModel? {
        if kind.value == "none" { return nil }
        guard let known = ReaderKind(rawValue: kind.value) else {
            throw fault("there is no kind \(kind.value.debugDescription)", line: kind.line)
        }
        let options = section.values["options"]
        let words = options?.value.split(separator: " ", omittingEmptySubsequences: true).map(String.init) ?? []
        do throws(ReaderModel.Fault) {
            return try ReaderModel(kind: known, words: words)
        } catch {
            throw fault(error.description, line: options?.line)
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return String(start.reversed().drop(while: \.isWhitespace).reversed())
    }
}
