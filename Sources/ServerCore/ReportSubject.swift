// SPDX-License-Identifier: Apache-2.0

package import Primitives
package import ReleaseWire

/// How the audit names a report that somebody sees: as a person asks for it, whichever way it came.
package struct ReportSubject: CustomStringConvertible {
    private let report: AdminRequest.Report
    /// `nil`: that one itself.
    private let shownAs: AdminRequest.Report?
    private let period: String

    /// - Parameter from: with `until`, the period; both ends of time for all of it.
    package init(
        _ report: AdminRequest.Report, shownAs: AdminRequest.Report? = nil, from: WallTime, until: WallTime
    ) {
        let ends = [(from, Timestamp.earliest, "from"), (until, Timestamp.latest, "until")].compactMap { end in
            end.0 == end.1 ? nil : "\(end.2) \(Timestamp.text(end.0))"
        }
        let month = String(Timestamp.text(from).prefix(7))
        let isMonth = CalendarMonth(month).map { $0.begins == from && $0.ends == until } ?? false
        self.init(report, shownAs, isMonth ? month : ends.joined(separator: " "))
    }

    /// `nil` when there is no such report.
    package init?(_ query: ReportQuery) {
        guard let report = AdminRequest.Report(rawValue: query.name) else { return nil }
        let shown = query.shownAs.map(AdminRequest.Report.init)
        if case .some(nil) = shown { return nil }
        self.init(report, shown ?? nil, query.month)
    }

    private init(_ report: AdminRequest.Report, _ shownAs: AdminRequest.Report?, _ period: String) {
        (self.report, self.shownAs, self.period) = (report, shownAs, period.isEmpty ? "all" : period)
    }

    package var description: String {
        if let shownAs { return "\(shownAs.rawValue) \(period)" }
        return report == .history ? "history \(period)" : "\(report.rawValue) --summary \(period)"
    }
}
