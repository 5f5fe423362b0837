// SPDX-License-Identifier: Apache-2.0

import Primitives

extension SimPrinter {
    // MARK: Printing

    mutating func enqueue(_ received: SimPrintedJob, at now: MonotonicTime) -> [Action] {
        var job = received
        job.sha256 = Hexadecimal.text(cryptography.sha256(job.document))
        let formFeeds = job.document.count { $0 == 0x0C }
        let pages = settings.catalogue[job.sha256] ?? (job.document.isEmpty ? 0 : max(1, formFeeds))
        queue.append(Printing(job: job, pages: pages))
        return queue.count == 1 ? startFirst(at: now) : []
    }

    private mutating func startFirst(at now: MonotonicTime) -> [Action] {
        while let first = queue.first {
            if first.pages > 0 {
                pageDue = now + settings.timePerPage
                return jamIfDue()
            }
            let actions = endFirst()
            if queue.isEmpty { return actions }
            return actions + startFirst(at: now)
        }
        return []
    }

    mutating func printPage(at now: MonotonicTime) -> [Action] {
        pageDue = nil
        guard !queue.isEmpty else { return [] }
        pageCounter += 1
        queue[0].job.pages += 1
        let actions = reportToAll(["@PJL USTATUS PAGE", "\(queue[0].job.pages)"], \.reportsPages)
        if queue[0].job.pages < queue[0].pages {
            pageDue = now + settings.timePerPage
            return actions + jamIfDue()
        }
        return actions + endFirst() + startFirst(at: now)
    }

    private mutating func jamIfDue() -> [Action] {
        guard let jamPage, let first = queue.first, first.job.pages + 1 == jamPage else { return [] }
        isJammed = true
        self.jamPage = nil
        return reportDevice()
    }

    private mutating func endFirst() -> [Action] {
        let job = queue.removeFirst().job
        let pages = max(0, job.pages + pageError)
        let lines = ["@PJL USTATUS JOB", "END", "NAME=\"\(job.name)\"", "PAGES=\(pages)"]
        let report = reportsEnd && !job.name.isEmpty ? reportToAll(lines, \.reportsJobs) : []
        return report + [.printed(job)]
    }

    // MARK: Replies

    func answer(_ text: String, on index: Int) -> [Action] {
        let words = text.split(separator: " ", maxSplits: 2)
        guard words.count == 3 else { return [] }
        switch (words[1], words[2]) {
        case ("ECHO", _): return reply([text], on: connections[index].id)
        case ("INFO", "ID"): return reply([text, "\"\(settings.model)\""], on: connections[index].id)
        case ("INFO", "PAGECOUNT"): return reply([text, "PAGECOUNT=\(pageCounter)"], on: connections[index].id)
        case ("INFO", "STATUS"): return reply([text] + status, on: connections[index].id)
        default: return []
        }
    }

    mutating func configure(_ text: String, on index: Int) {
        let words = text.split { $0 == " " || $0 == "=" }.map(String.init)
        if words == ["@PJL", "USTATUSOFF"] {
            for key in [\Connection.reportsJobs, \.reportsPages, \.reportsDevice] {
                connections[index][keyPath: key] = false
            }
        }
        guard words.count == 4, words[1] == "USTATUS" else { return }
        let isOn = words[3] != "OFF"
        switch words[2] {
        case "JOB": connections[index].reportsJobs = isOn
        case "PAGE": connections[index].reportsPages = isOn
        case "DEVICE": connections[index].reportsDevice = isOn
        default: break
        }
    }

    private var status: [String] {
        let (code, display) =
            isJammed ? (40022, "13 PAPER JAM") : queue.isEmpty ? (10001, "00 READY") : (10023, "PROCESSING JOB")
        return ["CODE=\(code)", "DISPLAY=\"\(display)\"", "ONLINE=\(isJammed ? "FALSE" : "TRUE")"]
    }

    private func reportDevice() -> [Action] { reportToAll(["@PJL USTATUS DEVICE"] + status, \.reportsDevice) }

    /// A printer reports every job to whoever asked for job reports, not only to the job's own sender.
    func reportToAll(_ lines: [String], _ isWanted: KeyPath<Connection, Bool>) -> [Action] {
        connections.filter { $0[keyPath: isWanted] }.flatMap { reply(lines, on: $0.id) }
    }

    private func reply(_ lines: [String], on id: Int) -> [Action] {
        guard !isMute else { return [] }
        var bytes = Array(lines.map { $0 + "\r\n" }.joined().utf8) + [0x0C]
        if garbles { bytes = bytes.enumerated().filter { $0.offset % 5 != 4 }.map(\.element) }
        return shreds ? bytes.map { .send(id, [$0]) } : [.send(id, bytes)]
    }

    // MARK: Faults

    mutating func obey(_ command: Command, at now: MonotonicTime) -> [Action] {
        switch command {
        case .refuseConnections:
            isRefusing = true
            return [.listen(false)]
        case .hang:
            isHanging = true
            return connections.filter(\.isServed).map { .pauseReading($0.id) }
        case .dropAfter(let bytes):
            precondition(bytes > 0, "dropping after nothing is refusing")
            bytesUntilDrop = bytes
        case .neverReportEnd: reportsEnd = false
        case .wrongPageCount(let error): pageError = error
        case .jam(let page): jamPage = page
        case .mute: isMute = true
        case .shredReplies: shreds = true
        case .garbleReplies: garbles = true
        case .powerOff: return loseEverything()
        case .repair: return repair(at: now)
        }
        return []
    }

    /// What lies in the tray stays there.
    private mutating func loseEverything() -> [Action] {
        let cut = queue.map { printing in
            var job = printing.job
            job.isWhole = false
            return Action.printed(job)
        }
        let closed = connections.map { Action.close($0.id) }
        (queue, connections, pageDue, isJammed, isRefusing) = ([], [], nil, false, true)
        return closed + cut + [.listen(false)]
    }

    private mutating func repair(at now: MonotonicTime) -> [Action] {
        var actions: [Action] = isRefusing ? [.listen(true)] : []
        if isHanging { actions += connections.filter(\.isServed).map { .resumeReading($0.id) } }
        (isRefusing, isHanging, isMute, shreds, garbles, reportsEnd) = (false, false, false, false, false, true)
        (bytesUntilDrop, jamPage, pageError) = (nil, nil, 0)
        if isJammed {
            isJammed = false
            pageDue = now + settings.timePerPage
            actions += reportDevice()
        }
        return actions
    }
}
