// SPDX-License-Identifier: Apache-2.0

/// What does not hold for some input.
package struct Finding: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

func demand(_ holds: Bool, _ rule: @autoclosure () -> String) throws(Finding) {
    guard !holds else { return }
    throw Finding(rule())
}

/// One decoder, or a family of them, that is given bytes from outside. That none of them traps is checked by running
/// them; each has some rule besides that holds for any input.
package enum FuzzTarget: String, CaseIterable, Sendable {
    case readers
    case osdpFrames = "osdp-frames"
    case osdpPanel = "osdp-panel"
    case credentials
    case converters
    case lpd
    case lpdControlFile = "lpd-control-file"
    case prpFrames = "prp-frames"
    case prpSessions = "prp-sessions"
    case pjlReplies = "pjl-replies"
    case pjlFilter = "pjl-filter"
    case pwgRaster = "pwg-raster"
    case dsc
    case analysisReport = "analysis-report"
    case journal
    case recordings

    /// Longer input finds nothing that shorter does not, and finds it later.
    package var longestInput: Int {
        switch self {
        case .prpFrames, .prpSessions, .lpd, .recordings, .journal: 8192
        case .dsc, .pwgRaster, .lpdControlFile: 4096
        default: 1024
        }
    }

    package func check(_ bytes: [UInt8]) throws(Finding) {
        var input = FuzzInput(bytes)
        switch self {
        case .readers: try ReaderScript(&input).check()
        case .osdpFrames: try OSDPChecks.frames(bytes)
        case .osdpPanel: try OSDPPanelRun.check(&input)
        case .credentials: try CredentialChecks.reads(&input)
        case .converters: try CredentialChecks.converters(&input)
        case .lpd: try LPDRun.check(&input)
        case .lpdControlFile: try DocumentChecks.controlFile(bytes)
        case .prpFrames: try WireChecks.frames(&input)
        case .prpSessions: try WireChecks.sessions(&input)
        case .pjlReplies: try DocumentChecks.replies(&input)
        case .pjlFilter: try DocumentChecks.filter(&input)
        case .pwgRaster: try DocumentChecks.raster(&input)
        case .dsc: try DocumentChecks.comments(&input)
        case .analysisReport: try DocumentChecks.report(bytes)
        case .journal: try JournalChecks.recovery(&input)
        case .recordings: try RecordingChecks.text(bytes)
        }
    }
}
