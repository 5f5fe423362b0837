// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Primitives

/// A real agent that was without its server until its journal was full, and is started with the server back.
final class ReconcileBench {
    static let how =
        "100,000 events; from the agent's start to the last acknowledgement on its disk; the limit is 30 s"

    private static let patience = Duration.seconds(300)

    private let pump: Pump
    let site: Site

    init(on pump: Pump) throws(LabFault) {
        self.pump = pump
        let programs = try Programs(folder: nil)
        site = try Site(SiteSettings(programs: programs, documents: try programs.documents(nil)), on: pump)
    }

    func start() throws(LabFault) {
        try site.start()
        try site.killAgent()
        try site.fillJournal()
    }

    func measure() throws(LabFault) -> Duration {
        let begun = pump.loop.now
        try site.startAgent()
        // Reading the journal is work on the same processors: not too often.
        while try site.journalBacklog() > 0 {
            guard pump.loop.now.elapsed(since: begun) < Self.patience else {
                throw LabFault("\(try site.journalBacklog()) events are left after \(Self.patience)")
            }
            try pump.pause(.milliseconds(500))
        }
        return pump.loop.now.elapsed(since: begun)
    }
}
