// SPDX-License-Identifier: Apache-2.0

import Ops
import Primitives
import ReaderMachines

/// Does at a running site what is asked of it: at the readers, at the keypad, at the printer.
package final class SiteControl {
    /// Longer than an agent waits for its server before it says so.
    package static let answerPatience = Duration.seconds(10)

    /// What is shown some time after a badge was answered, or before its answer.
    static let laterOutcomes = ["checking", "printed", "printer-unavailable", "may-have-printed", "abandoned"]

    private let site: Site

    package init(_ site: Site) { self.site = site }

    /// Calls back once.
    package func perform(_ request: ControlRequest, then answer: @escaping (ControlReply) -> Void) {
        switch request {
        case .present(_, let reader): present(request, at: reader ?? LabReaders.readers[0], then: answer)
        case .key, .plug, .unplug, .replay: site.readers?.ask(request, then: answer)
        case .desk(let line):
            site.display.ask(line, within: Self.answerPatience) { reply in
                guard let reply else {
                    return answer(.refused(LabFault("no answer at the screen within \(Self.answerPatience)")))
                }
                answer(.done(reply))
            }
        case .printer, .printerFacts:
            guard let printer = site.printer else {
                return answer(.refused(LabFault("this lab releases to a printer that is not its own", exit: .usage)))
            }
            printer.ask(request, then: answer)
        }
    }

    private static func silence(at reader: String) -> String {
        "no answer at \(reader) within \(answerPatience); is it plugged in? A badge that was held there less than "
            + "\(Debounce.Limits().quiet.components.seconds) s before counts as still held and has no answer of its own"
    }

    private func present(
        _ request: ControlRequest, at reader: String, then answer: @escaping (ControlReply) -> Void
    ) {
        var isAnswered = false
        func once(_ reply: ControlReply) {
            if !isAnswered { answer(reply) }
            isAnswered = true
        }
        // Watching begins first: the answer may be quicker than the simulator's own reply.
        site.display.next(
            at: reader, within: Self.answerPatience, where: { !Self.laterOutcomes.contains($0) },
            then: { line in
                guard let line else {
                    return once(.refused(LabFault(Self.silence(at: reader))))
                }
                once(
                    .done([
                        "reader": .string(line.reader), "outcome": .string(line.outcome), "text": .string(line.text),
                    ]))
            })
        site.readers?.ask(request) { reply in
            if case .refused = reply { once(reply) }
        }
    }
}
