// SPDX-License-Identifier: Apache-2.0

import HostIO
import Primitives

/// The demo: what the product does, told while it happens. Each sentence about the site is checked before it is told.
package final class Story {
    /// An agent takes the same badge at the same reader for one that is still held, for 2 seconds.
    private static let heldStill = Duration.milliseconds(2100)
    static let patience = Duration.seconds(8)

    let site: Site
    let control: SiteControl
    private let say: (String) -> Void
    private var page = StoryPage()
    /// Everything that the displays showed, oldest first.
    private var shown: [DisplayLine] = []
    private var lastHeld: [String: MonotonicTime] = [:]

    /// - Parameter say: takes one line or a few.
    package init(_ site: Site, say: @escaping (String) -> Void) {
        self.site = site
        self.say = say
        control = SiteControl(site)
        site.display.onShown = { [weak self] in self?.shown.append($0) }
    }

    package func tell() throws(LabFault) {
        let begun = site.pump.loop.now
        say("A release server, an agent at a copier, two badge readers, a keypad and a printer: simulated devices,")
        say("real programs, sockets and device nodes, all on this machine.")
        try site.start()
        try printDocuments()
        try presentUnknownBadge()
        try releaseForAna()
        try presentAnaAgain()
        try mistypePIN()
        try releaseForBen()
        try replugReaders()
        try readReports()
        let tenths = Int(site.pump.loop.now.elapsed(since: begun) / .milliseconds(100))
        say("All of it happened as told, in \(tenths / 10).\(tenths % 10) seconds.")
    }

    // MARK: Telling and checking

    func begin(_ title: String) { page.begin(title) }
    func seen(_ text: String) { say(page.seen(text)) }
    func table(_ text: String) { say(page.table(text)) }

    func check(_ isSo: Bool, expected: @autoclosure () -> String, seen: @autoclosure () -> String) throws(LabFault) {
        guard isSo else { throw page.failure(expected: expected(), seen: seen()) }
    }

    /// Waits for what must be so soon.
    func expectSoon(
        _ expected: @autoclosure () -> String, seen: () -> String, until isSo: () -> Bool
    ) throws(LabFault) {
        var isLate = false
        let timer = site.pump.loop.schedule(after: Self.patience) { isLate = true }
        defer { site.pump.loop.cancel(timer) }
        try site.pump.wait("the story to go on", atMost: nil) { isLate || isSo() }
        try check(isSo(), expected: expected(), seen: seen())
    }

    // MARK: Doing

    func document(_ name: String) throws(LabFault) -> SampleDocument { try site.settings.documents.document(name) }

    func user(_ name: String) -> LabUser {
        guard let user = site.settings.users.first(where: { $0.name == name }) else {
            preconditionFailure("the story is about the standard people")
        }
        return user
    }

    func perform(_ request: ControlRequest) throws(LabFault) -> JSONValue {
        let reply: ControlReply = try site.pump.answer("an answer", atMost: Self.patience + SiteControl.answerPatience)
        {
            control.perform(request, then: $0)
        }
        return try reply.facts()
    }

    /// Holds the badge to the reader and expects this outcome; gives the text that is shown.
    func hold(_ badge: String?, to reader: String, expecting outcome: String) throws(LabFault) -> String {
        let badge = badge ?? ""
        let key = "\(reader) \(badge)"
        if let last = lastHeld[key] {
            let since = site.pump.loop.now.elapsed(since: last)
            if since < Self.heldStill { try site.pump.pause(Self.heldStill - since) }
        }
        lastHeld[key] = site.pump.loop.now
        let answer: JSONValue
        do throws(LabFault) {
            answer = try perform(.present(badge: badge, reader: reader))
        } catch {
            throw site.pump.trouble ?? page.failure(expected: "the answer \(outcome)", seen: "\(error)")
        }
        let seen = answer["outcome"]?.string ?? ""
        let text = answer["text"]?.string ?? ""
        try check(seen == outcome, expected: "the answer \(outcome)", seen: "\(seen): \(text)")
        return text
    }

    /// Types and waits for what is shown after it at that reader.
    func type(_ pin: String, at reader: String, expecting outcome: String) throws(LabFault) -> String {
        let mark = shown.count
        for keys in [pin, "enter"] { _ = try perform(.key(keys)) }
        let isAnswer = { (line: DisplayLine) in
            line.reader == reader && !["checking", "enter-pin"].contains(line.outcome)
        }
        try expectSoon("the answer \(outcome)", seen: { self.sights(from: mark) }) {
            shown[mark...].contains(where: isAnswer)
        }
        guard let line = shown[mark...].first(where: isAnswer) else { return "" }
        try check(line.outcome == outcome, expected: "the answer \(outcome)", seen: "\(line.outcome): \(line.text)")
        return line.text
    }

    /// Waits until the reader's display says that all is printed.
    func awaitPrinted(at reader: String) throws(LabFault) {
        try expectSoon("\"printed\" at the reader \(reader)", seen: { self.sights(from: 0) }) {
            shown.last { $0.reader == reader }?.outcome == "printed"
        }
    }

    func facts() throws(LabFault) -> PrinterFacts { PrinterFacts(try perform(.printerFacts)) }

    private func sights(from mark: Int) -> String {
        let lines = shown[mark...].suffix(4).map { "\($0.reader): \($0.text)" }
        return lines.isEmpty ? "nothing on any display" : lines.joined(separator: "; ")
    }
}
