// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Ops

/// Measures a site of real programs on this machine, one line a figure, and says how each was measured. What depends
/// on the machine is given as a ratio with the least that the same machine needs for the same thing.
func bench() throws(LabFault) {
    func say(_ figure: Figure) { StandardStream.output.write(line: figure.text) }
    let pump = try Pump()
    do throws(SystemFault) {
        try pump.loop.onSignals([SIGINT, SIGTERM, SIGHUP]) { _ in pump.fail(.interrupted) }
    } catch {
        throw LabFault(error, while: "starting")
    }
    let bench = try SiteBench(on: pump)
    let processors = sysconf(CInt(_SC_NPROCESSORS_ONLN))
    StandardStream.output.write(line: "\(processors) processors, state in \(bench.site.folders.state)\(buildNote)")
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
        let frames = FrameCost.measure()
        say(.cost("CREDENTIAL encode", frames.encode, how: "message to bytes; \(FrameCost.how)"))
        say(.cost("CREDENTIAL decode", frames.decode, how: "received bytes to message; \(FrameCost.how)"))
    } catch {
        try? bench.site.stop(keepingLogs: error != .interrupted)
        throw error == .interrupted ? error : LabFault("\(error)\nThe logs are in \(bench.site.folders.logs).")
    }
    try bench.site.stop(keepingLogs: false)
}

#if DEBUG
    let buildNote = ", NOT optimised: make bench builds for release"
#else
    let buildNote = ""
#endif

func main() -> Exit {
    let words = Array(CommandLine.arguments.dropFirst())
    do throws(LabFault) {
        switch words.first {
        case nil: try bench()
        case RelayFloor.word? where words.count == 3: try RelayFloor.relay(from: words[1], to: words[2])
        default:
            StandardStream.error.write(line: "lanyard-bench takes no arguments; see make bench")
            return .usage
        }
        return .fine
    } catch {
        StandardStream.error.write(line: "lanyard-bench: \(error)")
        return error == .interrupted ? .unavailable : error.exit
    }
}

exit(main().rawValue)
