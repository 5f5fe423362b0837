// SPDX-License-Identifier: Apache-2.0

/// What the kernel says of a process (proc_pid_status(5), proc_pid_smaps(5)). Sizes in bytes.
package struct ProcessFacts: Sendable {
    package let memoryPeak: Int
    package let resident: Int
    /// Of the resident memory: what belongs to this process alone and was written to.
    package let privateDirty: Int
    /// How often its threads went to sleep of their own will, that is, how often they had been woken.
    package let sleeps: Int

    package init(of process: Int32) throws(LabFault) {
        let folder = "/proc/\(process)"
        let status = try Self.fields(of: folder + "/status")
        let memory = try Self.fields(of: folder + "/smaps_rollup")
        guard let peak = status["VmHWM"], let resident = memory["Rss"], let dirty = memory["Private_Dirty"] else {
            throw LabFault("\(folder) does not say how much memory there is")
        }
        memoryPeak = peak * 1024
        self.resident = resident * 1024
        privateDirty = dirty * 1024
        var sleeps = 0
        for thread in LabFolder.names(in: folder + "/task") {
            sleeps += try Self.fields(of: "\(folder)/task/\(thread)/status")["voluntary_ctxt_switches"] ?? 0
        }
        self.sleeps = sleeps
    }

    /// Lines like `VmRSS:   1234 kB`; those without a number are left out.
    private static func fields(of path: String) throws(LabFault) -> [String: Int] {
        var fields: [String: Int] = [:]
        for line in String(decoding: try LabFolder.read(path), as: UTF8.self).split(separator: "\n") {
            let words = line.split { $0 == ":" || $0 == " " || $0 == "\t" }
            if words.count >= 2, let number = Int(words[1]) { fields[String(words[0])] = number }
        }
        return fields
    }
}
