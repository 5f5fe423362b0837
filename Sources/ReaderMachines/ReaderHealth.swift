// SPDX-License-Identifier: Apache-2.0

package import PrintModel

/// What is wrong with a reader to which the way is open.
package enum ReaderTrouble: Hashable, Sendable {
    case osdp(OSDPTrouble)
    /// In its driver's words.
    case other(String)

    /// For the log and for programs.
    package var word: String {
        switch self {
        case .osdp(let trouble): trouble.rawValue
        case .other(let text): text
        }
    }

    var obstacle: ReaderObstacle {
        switch self {
        case .osdp(let trouble): ReaderObstacle(trouble)
        case .other(let text): ReaderObstacle(what: text)
        }
    }
}

/// What one reader has said of itself since the agent started, and what was in the way of opening it.
package struct ReaderSigns: Hashable, Sendable {
    /// Its model, its firmware.
    package private(set) var about: String?
    package private(set) var trouble: ReaderTrouble?
    /// On an OSDP line: it answers as it should.
    package private(set) var isOnline = false
    package private(set) var isTampered = false
    /// Of the way to it, when that was tried last.
    package var obstacle: ReaderObstacle?

    package init() {}

    package mutating func comesOnline(_ about: String) {
        self.about = about
        (trouble, isOnline, isTampered) = (nil, true, false)
    }

    package mutating func complains(_ trouble: ReaderTrouble) {
        self.trouble = trouble
        guard case .osdp(let trouble) = trouble else { return }
        if trouble == .tamper { isTampered = true }
        if !trouble.leavesReaderOnline { isOnline = false }
    }

    /// The way to it was closed.
    package mutating func leaves() { isOnline = false }
}

/// How a reader is: decided here, for the server and for whoever asks at the box.
package struct ReaderHealth: Hashable, Sendable {
    package let state: ReaderStatus.State
    /// What is in the way now.
    package let obstacle: ReaderObstacle?

    package init(_ state: ReaderStatus.State, obstacle: ReaderObstacle? = nil) {
        self.state = state
        self.obstacle = obstacle
    }

    package init(_ line: ReaderListing, _ signs: ReaderSigns) {
        self.init(Self.state(line, signs), obstacle: Self.obstacle(line, signs))
    }

    /// A line may be open while the reader on it is silent or has the wrong key.
    private static func state(_ line: ReaderListing, _ signs: ReaderSigns) -> ReaderStatus.State {
        guard line.condition == .attached, line.setting.model.kind == .osdp, !signs.isOnline else {
            return line.condition
        }
        switch signs.trouble {
        case .osdp(.noAnswer), nil: return signs.about == nil ? .waiting : .lost
        case .osdp, .other: return .blocked
        }
    }

    private static func obstacle(_ line: ReaderListing, _ signs: ReaderSigns) -> ReaderObstacle? {
        if line.condition != .attached, let obstacle = signs.obstacle { return obstacle }
        if let trouble = signs.trouble { return trouble.obstacle }
        guard case .lost(let reason) = line.state else { return nil }
        return ReaderObstacle(what: reason)
    }
}
