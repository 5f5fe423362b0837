// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseWire
import SimDevices

/// Paper.
extension SimOracle {
    /// Bytes reach a printer.
    func reaches(_ bytes: [UInt8], of number: ReleaseID, at agent: String, connection: Int) {
        let id = known(number, at: agent)
        guard let release = releases[id] else { return violate("I2: bytes of release \(id), which nobody granted") }
        if !release.isSending { violate("I2: bytes of release \(id) before `sending` is committed") }
        if release.agent != agent { violate("I3: release \(id) of \(release.agent) prints at \(agent)") }
        if let first = release.connection, first != connection { violate("I2: release \(id) is sent twice") }
        releases[id]?.connection = connection
        // What was still on its way when somebody said that nothing came out.
        if let bill = bills[id], bill.fence == nil, bill.word == 0 { return }
        if let other = jobs[release.job]?.onPaper, other != id {
            violate("I2: job \(release.job) is sent by releases \(other) and \(id)")
        }
        jobs[release.job]?.onPaper = id
        reachedAt[release.job] = world.nanoseconds
    }

    func printed(_ job: SimPrintedJob, at agent: String, isTold: Bool) {
        guard let number = Int64(job.name.dropFirst("lanyard-".count)),
            let release = releases[known(ReleaseID(number), at: agent)],
            let known = jobs[release.job], let original = submitted[known.title]
        else {
            // Cut off within the header, there is no name.
            if !job.document.isEmpty, job.isWhole { violate("I3: a job without a release prints at \(agent)") }
            return
        }
        if release.agent != agent { violate("I3: \(known.title) prints at \(agent)") }
        // A job that is cut off in its trailer has some of that at its end.
        let length = min(job.document.count, original.bytes.count)
        let isRight = job.document.prefix(length) == original.bytes.prefix(length)
        if !isRight || (job.isWhole && job.document.count != original.bytes.count) {
            violate("I3: what prints as \(known.title) is something else")
        }
        guard job.isWhole else { return }
        printed.append((agent, known.title, self.known(ReleaseID(number), at: agent), job.pages, isTold))
        if !isTold { saw(.wrongCount) }
    }
}
