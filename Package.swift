// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

func swift(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func library(_ name: String, _ pkgConfig: String, _ package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

func simulator(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Simulators/\(name)", swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

// `make fuzz`: a build of its own that holds the decoders and nothing else, watched by libFuzzer.
let isFuzzing = Context.environment["LANYARD_FUZZ"] != nil
let watched: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer"])]

let primitives: [Target.Dependency] = ["Primitives"]
let values: [Target.Dependency] = primitives + ["Credentials", "PrintModel", "PrintFormats"]
let machines: [Target.Dependency] =
    values + ["ReaderMachines", "PrinterMachines", "SpoolWire", "ReleaseWire", "AgentJournal"]
let rules: [Target.Dependency] = ["ReleaseRules", "ChargeRules", "AdminModel"]
let world: [Target.Dependency] = ["Ops", "HostIO", "Crypto"]

let all: [Target] = [
    // Level 0
    swift("Primitives"),
    // Level 1
    swift("Credentials", primitives),
    swift("PrintModel", primitives),
    swift("PrintFormats", primitives),
    swift("AdminModel", primitives),
    // Level 2
    swift("ReaderMachines", values),
    swift("PrinterMachines", values),
    swift("SpoolWire", values),
    swift("ReleaseWire", values),
    swift("AgentJournal", values),
    // Level 3
    swift("ReleaseRules", values + ["AdminModel"]),
    swift("ChargeRules", values),
    // Level 4
    swift("AgentCore", machines + rules),
    swift("ServerCore", machines + rules),
    // Level 5
    swift("Ops", values + ["HostIO"]),
    swift("HostIO", values + ["CSystem", "CUdev"]),
    swift("Crypto", values + ["HostIO", "COpenSSL"]),
    swift("Store", machines + rules + ["ServerCore", "HostIO", "Crypto", "CSQLite"]),
    swift("HTTPServer", primitives + ["HostIO", "CMicrohttpd"]),
    swift("HTTPClient", primitives + ["HostIO", "CCurl"]),
    swift("Documents", values + ["HostIO", "CQpdf"]),
    swift("SmartCards", values + ["HostIO", "CPCSC"]),
    // Level 6
    swift("AgentRuntime", machines + rules + world + ["AgentCore", "SmartCards"]),
    swift("ServerRuntime", machines + rules + world + ["ServerCore", "Store"]),
    swift("AdminAPI", machines + rules + world + ["ServerCore", "Store", "HTTPServer"]),
    swift(
        "AdminCommands",
        values + ["AdminModel", "ReaderMachines", "ReleaseWire", "Ops", "HostIO", "Crypto", "HTTPClient"]),
    // Level 7
    program("lanyard-agent", machines + world + ["AgentCore", "AgentRuntime"]),
    program(
        "lanyard-server",
        machines + world + ["ServerCore", "ServerRuntime", "AdminModel", "AdminAPI", "Store", "HTTPServer"]),
    program("lanyard", ["Ops", "AdminCommands"]),
    program("lanyard-analyze", values + ["Documents", "HostIO"]),
    program("lanyard-lab", machines + world + ["LabRuntime", "SimDevices", "SimKit"]),
    .executableTarget(
        name: "lanyard-bench", dependencies: machines + rules + world + ["LabRuntime", "SimDevices"],
        path: "Simulators/Bench", swiftSettings: strict),
    // C
    .target(name: "CSystem"),
    .target(name: "CPCSC", linkerSettings: [.linkedLibrary("dl")]),
    library("CUdev", "libudev", "libudev-dev"),
    library("COpenSSL", "openssl", "libssl-dev"),
    library("CSQLite", "sqlite3", "libsqlite3-dev"),
    library("CMicrohttpd", "libmicrohttpd", "libmicrohttpd-dev"),
    library("CCurl", "libcurl", "libcurl4-openssl-dev"),
    library("CQpdf", "libqpdf", "libqpdf-dev"),
    library("CUmockdev", "umockdev-1.0", "libumockdev-dev"),
    // Simulators
    simulator("SimRandom", []),
    simulator("TestKit", ["HostIO", "Ops"]),
    simulator("SimDevices", machines),
    simulator("Fuzz", machines + ["SimDevices"]),
    simulator("SimKit", machines + rules + ["AgentCore", "ServerCore", "Store", "Crypto", "SimRandom", "SimDevices"]),
    simulator(
        "LabRuntime", machines + world + ["ServerCore", "Store", "SimRandom", "SimDevices", "HTTPClient", "CUmockdev"]),
    // Tests
    tests("PrimitivesTests", primitives),
    tests("CredentialsTests", primitives + ["Credentials", "SimRandom"]),
    tests("PrintModelTests", primitives + ["PrintModel"]),
    tests("PrintFormatsTests", primitives + ["PrintFormats", "SimRandom", "TestKit"]),
    tests("AdminModelTests", primitives + ["AdminModel"]),
    tests("ReaderMachinesTests", values + ["ReaderMachines", "Crypto", "SimRandom"]),
    tests("PrinterMachinesTests", values + ["PrinterMachines"]),
    tests("SpoolWireTests", machines + ["SimDevices", "SimRandom"]),
    tests("ReleaseWireTests", values + ["ReleaseWire", "SimRandom"]),
    tests("AgentJournalTests", values + ["AgentJournal", "SimRandom"]),
    tests("ReleaseRulesTests", values + ["AdminModel", "ReleaseRules"]),
    tests("ChargeRulesTests", values + ["ChargeRules"]),
    tests("AgentCoreTests", machines + rules + ["AgentCore"]),
    tests("ServerCoreTests", machines + rules + ["ServerCore", "SimRandom"]),
    tests("OpsTests", values + ["Ops"]),
    tests("HostIOTests", values + ["HostIO", "SimRandom", "TestKit"]),
    tests("CryptoTests", values + ["HostIO", "Crypto", "TestKit"]),
    tests("StoreTests", machines + rules + ["ServerCore", "HostIO", "Crypto", "Store", "SimRandom", "TestKit"]),
    tests("HTTPServerTests", primitives + ["HostIO", "HTTPServer", "HTTPClient", "TestKit"]),
    tests("DocumentsTests", values + ["Documents", "HostIO", "TestKit"]),
    tests("SmartCardsTests", values + ["HostIO", "SmartCards", "TestKit"]),
    tests(
        "AdminAPITests", machines + rules + world + ["ServerCore", "Store", "HTTPServer", "AdminAPI"]),
    tests(
        "AdminCommandsTests",
        machines + [
            "AdminModel", "Ops", "HostIO", "ServerCore", "HTTPServer", "HTTPClient", "AdminAPI", "AdminCommands",
            "TestKit",
        ]),
    tests(
        "AgentRuntimeTests",
        machines + rules + world + ["AgentCore", "AgentRuntime", "SimDevices", "LabRuntime", "TestKit"]),
    tests(
        "ServerRuntimeTests",
        machines + rules + world + [
            "AgentCore", "AgentRuntime", "ServerCore", "ServerRuntime", "Store", "SimDevices", "TestKit",
        ]),
    tests("SimDevicesTests", machines + ["SimDevices", "Crypto", "SimRandom"]),
    tests("FuzzTests", machines + ["SimDevices", "Fuzz"]),
    tests("SimulationTests", machines + rules + ["SimKit", "AgentCore", "ServerCore", "Crypto", "Store"]),
    tests("LabTests", machines + world + ["LabRuntime", "SimDevices"]),
    tests("TidyTests", values + ["ReaderMachines", "Crypto", "Ops", "AgentRuntime", "ServerRuntime", "AdminCommands"]),
]

let fuzzer: [Target] = [
    .target(name: "CFuzzer", path: "Simulators/CFuzzer"),
    .executableTarget(
        name: "lanyard-fuzz", dependencies: ["Fuzz", "SimDevices", "CFuzzer"], path: "Simulators/lanyard-fuzz",
        exclude: ["fuzz"], swiftSettings: strict,
        linkerSettings: [.unsafeFlags(["-sanitize=fuzzer", "-use-ld=lld"])]),
]
let fuzzed = Set(["Primitives", "Credentials", "PrintModel", "PrintFormats", "SimDevices", "Fuzz"])
    .union(["ReaderMachines", "PrinterMachines", "SpoolWire", "ReleaseWire", "AgentJournal"])

let decoders = all.filter { fuzzed.contains($0.name) }
if isFuzzing { decoders.forEach { $0.swiftSettings = strict + watched } }

/// `LANYARD_ONLY=StoreTests swift test` builds the targets that are named, with commas between them, and what they
/// need: a fraction of the whole while one of them is being worked on.
func selected(_ names: String, of all: [Target]) -> [Target] {
    var wanted = Set(names.split(separator: ",").map(String.init))
    var size = 0
    while size != wanted.count {
        size = wanted.count
        for target in all where wanted.contains(target.name) {
            for case .byNameItem(let name, _) in target.dependencies { wanted.insert(name) }
        }
    }
    return all.filter { wanted.contains($0.name) }
}
let chosen = Context.environment["LANYARD_ONLY"].map { selected($0, of: all) } ?? all

let package = Package(name: "lanyard", targets: isFuzzing ? decoders + fuzzer : chosen)
