// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Primitives

/// The least that a disk needs to keep something: append 1 KiB, fdatasync, again.
enum DiskFloor {
    static let how = "write + fdatasync of 1 KiB, one after the other, on the disk of the server's state; 3 times 2 s"

    private static let time = Duration.seconds(2)

    /// Appends a second.
    static func measure(in folder: String) throws(LabFault) -> Double {
        let path = folder + "/bench-appends"
        defer { LabFolder.removeFile(path) }
        do throws(SystemFault) {
            let clock = try Loop()
            let file = try AppendFile(path)
            let bytes = [UInt8](repeating: 0x61, count: LPDDocument.size)
            let begun = clock.now
            var count = 0
            while clock.now.elapsed(since: begun) < time {
                try file.append(bytes)
                count += 1
            }
            return Double(count) / (clock.now.elapsed(since: begun) / .seconds(1))
        } catch {
            throw LabFault(error, while: "measuring the disk")
        }
    }
}
