// SPDX-License-Identifier: Apache-2.0

import Foundation
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

    @Test(arguments: SourceTree.sources)
    func importsOnlyWhatItsFloorMay(source: SourceFile) throws {
        for module in source.imports {
            #expect(Self.isAllowed(module, in: source.target), "\(source.path) imports \(module)")
        }
    }

    @Test func everyTargetHasItsPlace() {
        let known = Set(Self.levels.joined()).union(Self.simulators)
        for source in SourceTree.sources where !known.contains(source.target) {
            Issue.record("\(source.path): give the target \(source.target) a floor")
        }
    }

    /// The four floors at the bottom must behave the same everywhere and always.
    @Test(arguments: SourceTree.sources.filter { pureTargets.contains($0.target) })
    func pureCodeTouchesNothing(source: SourceFile) {
        let banned = [
            "Date()", "Task.sleep", "Task {", ".random(in", ".random()", "SystemRandom", ".now", "print(", "Mutex<",
            "hashValue", "Thread",
        ]
        for (index, line) in source.lines.enumerated() where !line.contains("//") {
            for word in banned where line.contains(word) {
                Issue.record("\(source.path):\(index + 1) uses \(word)")
            }
        }
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
