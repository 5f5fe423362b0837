// SPDX-License-Identifier: Apache-2.0

import Testing

/// Holds the tree to the rules that the compiler cannot see: who may import whom. Every source file is read once.
@Suite struct LayeringTests {
    /// The house, floor by floor. A target imports from lower floors only.
    static let levels: [[String]] = [
        ["Primitives"],
        ["Credentials", "PrintModel", "PrintFormats", "AdminModel"],
        ["ReaderMachines", "PrinterMachines", "SpoolWire", "ReleaseWire", "AgentJournal"],
        ["ReleaseRules", "ChargeRules"],
        ["AgentCore", "ServerCore"],
        ["Ops", "HostIO", "Crypto", "Store", "HTTPServer", "HTTPClient", "Documents", "SmartCards"],
        ["AgentRuntime", "ServerRuntime", "AdminAPI", "AdminCommands"],
        ["lanyard-agent", "lanyard-server", "lanyard", "lanyard-analyze", "lanyard-lab"],
    ]

    /// The only imports between neighbours on one floor.
    static let neighbours: [String: Set<String>] = [
        "Crypto": ["HostIO"], "Store": ["HostIO", "Crypto"], "HTTPServer": ["HostIO"], "HTTPClient": ["HostIO"],
        "Documents": ["HostIO"], "Ops": ["HostIO"], "SmartCards": ["HostIO"],
    ]

    /// Modules from outside the package, each for the targets that wrap it.
    static let foreign: [String: Set<String>] = [
        "Glibc": [
            "HostIO", "Ops", "Crypto", "Store", "HTTPServer", "HTTPClient", "Documents", "AgentRuntime",
            "ServerRuntime", "AdminAPI", "AdminCommands", "lanyard-agent", "lanyard-server", "lanyard",
            "lanyard-analyze", "lanyard-lab", "LabRuntime", "SmartCards", "Bench",
            "lanyard-fuzz", "TestKit",
        ],
        "FoundationEssentials": ["AdminAPI", "AdminCommands", "LabRuntime"],
        "Synchronization": ["HostIO", "SmartCards", "SimKit"],
        "CPCSC": ["SmartCards"],
        "CSystem": ["HostIO", "LabRuntime"],
        "CUdev": ["HostIO"],
        "COpenSSL": ["Crypto"],
        "CSQLite": ["Store"],
        "CMicrohttpd": ["HTTPServer"],
        "CCurl": ["HTTPClient"],
        "CQpdf": ["Documents"],
        "CUmockdev": ["LabRuntime"],
        "CFuzzer": ["lanyard-fuzz"],
    ]

    /// Simulators are imported by tests, by each other in this order, and by the lab.
    static let simulators = [
        "SimRandom", "TestKit", "SimDevices", "Fuzz", "lanyard-fuzz", "SimKit", "LabRuntime", "Bench",
    ]

    @Test func importsOnlyWhatItsFloorMay() {
        for source in SourceTree.sources {
            for module in source.imports where !Self.isAllowed(module, in: source.target) {
                Issue.record("\(source.path) imports \(module)")
            }
        }
    }

    @Test func everyTargetHasItsPlace() {
        let known = Set(Self.levels.joined()).union(Self.simulators)
        for source in SourceTree.sources where !known.contains(source.target) {
            Issue.record("\(source.path): give the target \(source.target) a floor")
        }
    }

    /// The floors up to the cores must behave the same everywhere and always.
    @Test func pureCodeTouchesNothing() {
        let banned = [
            "Date()", "Task.sleep", "Task {", ".random(in", ".random()", "randomBytes(", ".now", "print(", "Mutex<",
            "hashValue", "Thread",
        ]
        for source in SourceTree.sources where Self.pureTargets.contains(source.target) {
            for word in banned {
                for place in SourceFile.places(of: word, in: source.code) {
                    Issue.record("\(source.position(place)) uses \(word)")
                }
            }
        }
    }

    /// Comments are no code, and what stands before them is.
    @Test func commentsAreLeftOutAndNothingElse() {
        let text = "// print(1)\nlet a = \"http://x\"; print(2) // print(3)\n    /// print(4)\nprint(5)"
        let file = SourceFile(target: "T", path: "T/a.swift", text: Array(text.utf8))
        #expect(SourceFile.places(of: "print(", in: file.bytes).count == 5)
        #expect(SourceFile.places(of: "print(", in: file.code).map(file.position) == ["T/a.swift:2", "T/a.swift:4"])
    }

    static let pureTargets = Set(levels[0...4].joined())

    private static func isAllowed(_ module: String, in target: String) -> Bool {
        if let users = foreign[module] { return users.contains(target) }
        if let floor = level(of: target), let other = level(of: module) {
            return other < floor || neighbours[target]?.contains(module) == true
        }
        if let position = simulators.firstIndex(of: target) {
            return level(of: module).map { $0 < 7 }
                ?? (simulators.firstIndex(of: module).map { $0 < position } ?? false)
        }
        return target == "lanyard-lab" && simulators.contains(module)
    }

    private static func level(of target: String) -> Int? {
        levels.firstIndex { $0.contains(target) }
    }
}
