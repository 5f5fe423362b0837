// SPDX-License-Identifier: Apache-2.0

/// What a reader with lamps, tones or a display is to tell the person in front of it.
package enum ReaderSignal: String, CaseIterable, Hashable, Sendable {
    case success
    /// Known, but not allowed.
    case denied
    case unknown
    case quota
    case noJobs = "no-jobs"
    case readError = "read-error"
    case serverAway = "server-away"
    case askPIN = "ask-pin"
    /// A user number, an activation code or a billing code.
    case askNumber = "ask-number"
    case holdAgain = "hold-again"
    /// Logged in; the person has the choice.
    case choose
    case idle
}

/// How a signal looks and sounds: the one table that all readers with lamps and tones follow, each with its means.
package struct SignalPattern: Hashable, Sendable {
    package enum Lamp: Hashable, Sendable { case off, red, green, yellow }

    package enum Tone: Hashable, Sendable {
        case short, long

        package var duration: Duration { self == .short ? .milliseconds(100) : .milliseconds(400) }
    }

    /// Between two tones.
    package static let gap = Duration.milliseconds(100)
    /// The lamp stays on for so long after the last tone; for ever where nothing follows by itself.
    package static let afterglow = Duration.seconds(2)

    package let lamp: Lamp
    package let tones: [Tone]
    /// The lamp goes out by itself.
    package let passes: Bool

    /// Tones are what print rooms know from other systems (`.` short, `-` long): read error `-`, no jobs `- -`,
    /// quota `. . -`, denied `- . -`, server away `- - -`.
    package init(_ signal: ReaderSignal) {
        switch signal {
        case .success: self.init(.green, ".")
        case .denied: self.init(.red, "-.-")
        case .unknown: self.init(.red, "-..")
        case .quota: self.init(.red, "..-")
        case .noJobs: self.init(.yellow, "--")
        case .readError: self.init(.red, "-")
        case .serverAway: self.init(.yellow, "---")
        case .askPIN, .askNumber: self.init(.yellow, ".", passes: false)
        case .holdAgain: self.init(.yellow, "..", passes: false)
        case .choose: self.init(.green, ".", passes: false)
        case .idle: self.init(.off, "", passes: false)
        }
    }

    private init(_ lamp: Lamp, _ tones: String, passes: Bool = true) {
        self.lamp = lamp
        self.tones = tones.utf8.map { $0 == UInt8(ascii: ".") ? .short : .long }
        self.passes = passes
    }
}
