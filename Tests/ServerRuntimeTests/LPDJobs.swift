// SPDX-License-Identifier: Apache-2.0

import SimDevices

/// What an LPD client of these tests writes, and what it hears.
enum LPDJobs {
    static func job(
        _ document: [UInt8], owner: String = "anna", number: Int = 1, isDataFirst: Bool = false
    ) -> [UInt8] {
        SimLPDJob(
            queue: "pool", host: "host", owner: owner, title: "document \(number)", number: number, source: "notes.txt"
        ).bytes(document, isDataFirst: isDataFirst)
    }

    static let acknowledgements = [UInt8](repeating: 0, count: SimLPDJob.acknowledgements)
}
