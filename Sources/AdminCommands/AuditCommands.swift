// SPDX-License-Identifier: Apache-2.0

import AdminModel
import FoundationEssentials
import Ops

enum AuditCommands {
    static let all: [Command] = [audit]

    private static let audit = Command(
        "audit", "Shows who did what: changes of the administrator, keys of agents, reports that were seen.",
        options: [.value("--since", "TIME", "From this day or time on, like 2026-11-01 or 2026-11-01T12:00:00Z.")]
    ) { use throws(OperatorError) in
        var all = AuditAnswer(entries: [])
        var after: Int64?
        repeat {
            let page: AuditAnswer = try use.server.get(
                "/audit", query: [("since", use.arguments.value("--since")), ("after", after.map { "\($0)" })]
            ).read()
            guard page.next.map({ $0 > after ?? 0 }) ?? true else { throw ReportPages.endless }
            all = AuditAnswer(entries: all.entries + page.entries)
            after = page.next
        } while after != nil
        return use.isJSON ? JSONForm.text(of: all) : table(all.entries)
    }

    private static func table(_ entries: [AuditAnswer.Entry]) -> String {
        if entries.isEmpty { return "Nothing was recorded.\n" }
        var table = Table([.left("WHEN (UTC)"), .left("BY"), .left("ACTION"), .left("SUBJECT", limit: 120)])
        for entry in entries { table.add([Shown.minute(entry.at), entry.by, entry.action, entry.subject]) }
        return table.text
    }
}
