// SPDX-License-Identifier: Apache-2.0

import AgentJournal
import Credentials
import Crypto
import HostIO
import Ops
import Store

/// What is on the disk when all has ended, and what is left when all is removed.
extension KillTest {
    /// Ends server and agent as an operator would and looks into their files. The server is started once more in
    /// between: at its start it removes the documents that no job names.
    func inspectFiles() throws(LabFault) {
        try site.endAgentAndServer()
        try site.startServer()
        try site.waitForServer()
        try site.endAgentAndServer()
        try inspectStore()
        try inspectJournal()
    }

    private func inspectStore() throws(LabFault) {
        let copy = site.folders.log("lanyard.db")
        for end in ["", "-wal"] where LabFolder.exists(site.folders.server + "/lanyard.db" + end) {
            try LabFolder.write(try LabFolder.read(site.folders.server + "/lanyard.db" + end), to: copy + end)
        }
        let broken: [String]
        let known: Set<String>
        do {
            let keys = StoreKeys(
                site: try SiteKey.loadOrCreate(at: site.folders.server + "/site.key"),
                server: try Identity.loadOrCreate(at: site.folders.server + "/server.pem").keyHash)
            let store = try StoreCore(path: copy, keys: keys, settings: StoreSettings { read, _ in read.forms })
            broken = try store.brokenInvariants()
            known = try store.spoolNames()
        } catch {
            throw LabFault("the database cannot be read: \(error)", exit: .badData)
        }
        report.violations += broken.map { "the database breaks this: \($0)" }
        let files = Set(LabFolder.names(in: site.folders.server + "/spool"))
        for name in files.subtracting(known).sorted() { report.violations.append("no job names the file \(name)") }
        for name in known.subtracting(files).sorted() { report.violations.append("the document \(name) is missing") }
    }

    private func inspectJournal() throws(LabFault) {
        let bytes = try LabFolder.read(site.folders.agent + "/journal")
        let state: JournalState
        do throws(JournalFault) {
            state = try Journal.recover(from: bytes).state
        } catch {
            return report.violations.append("the agent's journal is damaged: \(error)")
        }
        if !state.pending.isEmpty || !state.unsettled.isEmpty {
            report.violations.append(
                "the agent's journal still owes \(state.pending.count) events and \(state.unsettled.count) releases")
        }
    }

    // MARK: Left over

    /// After the end of the site. What was killed may need a moment to go.
    func findLeftOvers() throws(LabFault) {
        for _ in 0..<40 where !leftOvers().isEmpty { try site.pump.pause(.milliseconds(50)) }
        report.violations += leftOvers().map { "left over: \($0)" }
    }

    private func leftOvers() -> [String] {
        let run = site.folders.run
        var found = processes(naming: run)
        found += lines(of: "/proc/net/unix").filter { $0.contains(run) }
        let ports = [site.ports.release, site.ports.lpd, site.ports.printer].compactMap { $0 }
        found += ports.filter(isListened).map { "somebody listens on port \($0)" }
        if report.holds, LabFolder.exists(run) { found.append(run) }
        return found
    }

    /// Every process of a lab has one of its paths among its arguments, except for the one that counts pages: that
    /// one is left over when its server is gone.
    private func processes(naming folder: String) -> [String] {
        let counter = site.settings.programs.path("lanyard-analyze")
        return LabFolder.names(in: "/proc").filter { Int($0) != nil }.filter { process in
            let words = text("/proc/\(process)/cmdline")
            if words.contains(folder) { return true }
            guard words.hasPrefix(counter) else { return false }
            return text("/proc/\(process)/status").contains("\nPPid:\t1\n")
        }.map { "process \($0): \(text("/proc/\($0)/cmdline").map { $0 == "\0" ? " " : String($0) }.joined())" }
    }

    /// Of proc(5), net/tcp: the local address ends with the port, and state 0A is listening.
    private func isListened(_ port: UInt16) -> Bool {
        let digits = String(port, radix: 16, uppercase: true)
        let ending = ":" + String(repeating: "0", count: 4 - digits.count) + digits
        return lines(of: "/proc/net/tcp").contains { line in
            let words = line.split(separator: " ")
            return words.count > 3 && words[1].hasSuffix(ending) && words[3] == "0A"
        }
    }

    private func lines(of path: String) -> [String] { text(path).split(separator: "\n").map(String.init) }

    private func text(_ path: String) -> String {
        String(decoding: (try? LabFolder.read(path)) ?? [], as: UTF8.self)
    }
}
