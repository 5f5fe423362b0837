// SPDX-License-Identifier: Apache-2.0

import Testing

/// Each file of the product has a test that knows it.
@Suite struct CoverageTests {
    /// What tests the files whose types no test names, and how the paths of these files begin.
    static let exempt: [String: [String]] = [
        "AdminAPITests and ReportTests put requests to the API and read its answers": [
            "AdminAPI/AdminFault", "AdminAPI/QueryFields",
        ],
        "AdminProgramTests and its neighbours run the commands by their words": [
            "AdminCommands/AuditCommands", "AdminCommands/BadgeCommands", "AdminCommands/CodeCommands",
            "AdminCommands/DeviceCommands", "AdminCommands/Invocation+Files", "AdminCommands/JobCommands",
            "AdminCommands/ReportColumn", "AdminCommands/ReportCommands", "AdminCommands/SecretCommands",
            "AdminCommands/StatusCommands", "AdminCommands/UserCommands",
        ],
        "DecodeCommandTests and DecodeReportsTests run lanyard decode": [
            "AdminCommands/DecodeDriver+OSDP", "AdminCommands/DecodeDriver+Reports", "AdminCommands/DecodeReport",
        ],
        "ReportViaTests has a server and the program": [
            "AdminCommands/ReportIdentity", "AdminCommands/ReportLink",
        ],
        "AgentTests, AgentKeyTests and ProgramTests have an agent and a server": [
            "AgentRuntime/AgentProgram", "AgentRuntime/RotateKeyCommand",
            "AgentRuntime/ServerLink",
        ],
        "HotPlugTests, ReplugTests, ReaderBenchTests and the lab have devices": [
            "AgentRuntime/DevicePorts", "AgentRuntime/NetworkPorts", "AgentRuntime/ReaderPort",
        ],
        "ConverterTests and ConverterTableTests have patterns": ["Credentials/PatternParser"],
        "DocumentAnalysisTests and AnalyzeProgramTests have documents": [
            "Documents/Confinement", "Documents/FileMapping", "Documents/PDFReader",
        ],
        "HostIOTests go through what is public of it": ["HostIO/ByteChannel", "HostIO/ChildPlan", "HostIO/UnixPath"],
        "ProgramTests, AnalyzeProgramTests, AdminProgramTests and LabProgramTests start the programs": ["lanyard"],
        "the readers' tests press keys": ["ReaderMachines/PhysicalKey", "ReaderMachines/TypedKey"],
        "the sessions' tests send documents, and SpecificationLimitTests know the limits": [
            "ReleaseWire/DocumentFlow", "ReleaseWire/Wire.swift",
        ],
        "IntakeTests, AgentTests and OutsideTests have a whole server": [
            "ServerRuntime/Analyzer", "ServerRuntime/IntakeListener",
        ],
        "SmartCardsTests have pcscd": ["SmartCards/PCSC"],
        "LPDReceiverTests assemble jobs": ["SpoolWire/LPDAssembly"],
        "SchemaTests and SchemaUpgradeTests make each version, and every store test reads it": [
            "Store/Schema", "Store/SQLPart",
        ],
        "the settings' and the programs' tests have it": ["Ops/PeerSettings", "Ops/ServiceProgram"],
        "OSDPControlPanelTests and OSDPSecureChannelTests talk through it": ["ReaderMachines/OSDPReaderLink+Replies"],
    ]

    @Test func everySourceIsKnownToATest() {
        // The list above names them all.
        let tests = SourceTree.tests.filter { $0.target != "TidyTests" }
        let exempt = Self.exempt.values.joined().map { "Sources/\($0)" }
        var needed: Set<String> = []
        for source in SourceTree.sources where source.path.hasPrefix("Sources/") {
            let names = Self.names(of: source)
            if names.contains(where: { name in tests.contains { $0.names(name) } }) { continue }
            let reasons = exempt.filter { source.path.hasPrefix($0) }
            needed.formUnion(reasons)
            if reasons.isEmpty { Issue.record("\(source.path): no test names one of \(names)") }
        }
        for path in exempt where !needed.contains(path) { Issue.record("\(path) needs no exemption any more") }
    }

    /// Of a file `Type+Topic.swift` the type's, and those that it declares.
    static func names(of source: SourceFile) -> [String] {
        let file = source.path.split(separator: "/").last.map { $0.dropLast(".swift".count) } ?? ""
        let type = String(file.prefix { $0 != "+" })
        let declared = ["struct ", "class ", "enum ", "protocol ", "actor "].flatMap { word in
            SourceFile.places(of: word, in: source.code).compactMap { place -> String? in
                guard source.code[source.starts[source.line(at: place)]..<place].allSatisfy(SourceFile.isModifier)
                else {
                    return nil
                }
                let name = source.code[(place + word.utf8.count)...].prefix { SourceFile.isWord($0) }
                return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
            }
        }
        return Set([type] + declared).sorted()
    }
}

extension SourceFile {
    /// Whether the code has the name as a whole word, or as that of its tests.
    fileprivate func names(_ name: String) -> Bool {
        Self.places(of: name, in: code).contains { place in
            let rest = code[(place + name.utf8.count)...]
            return (place == 0 || !Self.isWord(code[place - 1]))
                && (!Self.isWord(rest[rest.startIndex]) || rest.starts(with: "Tests".utf8))
        }
    }
}
