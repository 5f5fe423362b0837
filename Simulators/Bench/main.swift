// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Ops

/// What can be measured alone: `lanyard-bench fleet`. Without a word, everything is.
enum Part: String, CaseIterable {
    case site
    case agent
    case fleet
    case reconcile
    case codec
    case lockout
}

/// Measures a site of real programs on this machine, one line a figure, and says how each was measured. What depends
/// on the machine is given as a ratio with the least that the same machine needs for the same thing.
func bench(_ parts: [Part]) throws(LabFault) {
    let pump = try Pump()
    do throws(SystemFault) {
        try pump.loop.onSignals([SIGINT, SIGTERM, SIGHUP]) { _ in pump.fail(.interrupted) }
    } catch {
        throw LabFault(error, while: "starting")
    }
    StandardStream.output.write(line: "\(sysconf(CInt(_SC_NPROCESSORS_ONLN))) processors\(buildNote)")
    for part in parts {
        switch part {
        case .site: try benchSite(on: pump)
        case .agent: try benchAgent(on: pump)
        case .fleet: try benchFleet(on: pump)
        case .reconcile: try benchReconcile(on: pump)
        case .codec: benchCodec()
        case .lockout: try benchLockout(on: pump)
        }
    }
}

func say(_ figure: Figure) { StandardStream.output.write(line: figure.text) }

func benchSite(on pump: Pump) throws(LabFault) {
    let bench = try SiteBench(on: pump)
    StandardStream.output.write(line: "state in \(bench.site.folders.state)")
    do throws(LabFault) {
        try bench.start()
        let floor = try RelayFloor(on: pump).measure()
        let badges = try bench.measureBadges()
        say(.latency("bare pty to TCP", floor, how: RelayFloor.how))
        say(.latency("badge to printer", badges, how: SiteBench.how))
        say(.ratio("  to the bare way", badges.median / floor.median, how: "p50 by p50: what Lanyard adds"))
        let folder = bench.site.folders.state
        var appends = [try DiskFloor.measure(in: folder)]
        for connections in [1, 16] {
            let jobs = try LPDLoad(connections, port: bench.site.ports.lpd, on: pump).measure()
            appends.append(try DiskFloor.measure(in: folder))
            let nearby = (appends[appends.count - 2] + appends[appends.count - 1]) / 2
            say(.rate("LPD jobs, \(connections) at a time", jobs, how: LPDLoad.how))
            say(.ratio("  to synced appends", jobs / nearby, how: "of those just before and after"))
        }
        say(.rate("synced appends", appends.reduce(0, +) / Double(appends.count), how: DiskFloor.how))
    } catch {
        try? bench.site.stop(keepingLogs: error != .interrupted)
        throw error == .interrupted ? error : LabFault("\(error)\nThe logs are in \(bench.site.folders.logs).")
    }
    try bench.site.stop(keepingLogs: false)
}

func benchAgent(on pump: Pump) throws(LabFault) {
    let bench = try AgentBench(on: pump)
    do throws(LabFault) {
        try bench.start()
        let (facts, sleeps) = try bench.measureIdle()
        say(.memory("idle agent, resident", facts.resident, how: "\(AgentBench.idleHow) 20 MiB"))
        say(.memory("  private and dirty", facts.privateDirty, how: "\(AgentBench.idleHow) 5 MiB"))
        say(.count("  wake-ups", sleeps, how: AgentBench.sleepsHow))
        say(.latency("read to CREDENTIAL", try bench.measureReads(), how: AgentBench.readHow))
        let (reads, rate) = try bench.measureWhileStreaming()
        say(.latency("reads while streaming", reads, how: "\(AgentBench.streamHow); \(reads.count) reads"))
        say(.rate("  document, MiB", rate / Double(1 << 20), how: "server to agent to printer, all on loopback"))
    } catch {
        try? bench.close(keepingLogs: error != .interrupted)
        throw error == .interrupted ? error : LabFault("\(error)\nThe logs are in \(bench.site.folders.logs).")
    }
    try bench.close(keepingLogs: false)
}

func benchFleet(on pump: Pump) throws(LabFault) {
    let bench = try FleetBench(on: pump)
    do throws(LabFault) {
        try bench.start()
        try bench.measure(say)
    } catch {
        try? bench.close(keepingLogs: error != .interrupted)
        throw error == .interrupted ? error : LabFault("\(error)\nThe logs are in \(bench.logs).")
    }
    try bench.close(keepingLogs: false)
}

func benchReconcile(on pump: Pump) throws(LabFault) {
    let bench = try ReconcileBench(on: pump)
    do throws(LabFault) {
        try bench.start()
        say(.seconds("full journal is told", try bench.measure(), how: ReconcileBench.how))
    } catch {
        try? bench.site.stop(keepingLogs: error != .interrupted)
        throw error == .interrupted ? error : LabFault("\(error)\nThe logs are in \(bench.site.folders.logs).")
    }
    try bench.site.stop(keepingLogs: false)
}

func benchCodec() {
    let frames = FrameCost.measure()
    say(.cost("CREDENTIAL encode", frames.encode, how: "message to bytes; \(FrameCost.how)"))
    say(.cost("CREDENTIAL decode", frames.decode, how: "received bytes to message; \(FrameCost.how)"))
    say(.ratio("  to copying its bytes", frames.decode / frames.copy, how: "one array made of them, in the same run"))
    say(.rate("reads decoded", DecodeCost.measure(), how: DecodeCost.how))
}

func benchLockout(on pump: Pump) throws(LabFault) {
    GuessRun.all.forEach { run in run.figures().forEach(say) }
    let bench = try LockoutBench(on: pump)
    do throws(LabFault) {
        try bench.start()
        try bench.measure().forEach(say)
    } catch {
        try? bench.close(keepingLogs: error != .interrupted)
        throw error == .interrupted ? error : LabFault("\(error)\nThe logs are in \(bench.site.folders.logs).")
    }
    try bench.close(keepingLogs: false)
}

#if DEBUG
    let buildNote = ", NOT optimised: make bench builds for release"
#else
    let buildNote = ""
#endif

func main() -> Exit {
    let words = Array(CommandLine.arguments.dropFirst())
    do throws(LabFault) {
        if words.first == RelayFloor.word, words.count == 3 {
            try RelayFloor.relay(from: words[1], to: words[2])
            return .fine
        }
        let parts = words.compactMap(Part.init)
        guard parts.count == words.count else {
            let names = Part.allCases.map(\.rawValue).joined(separator: ", ")
            StandardStream.error.write(line: "lanyard-bench takes what to measure: \(names); nothing for all")
            return .usage
        }
        try bench(parts.isEmpty ? Part.allCases : parts)
        return .fine
    } catch {
        StandardStream.error.write(line: "lanyard-bench: \(error)")
        return error == .interrupted ? .unavailable : error.exit
    }
}

exit(main().rawValue)
