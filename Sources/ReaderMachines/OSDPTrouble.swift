// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a reader on an OSDP line. The raw values go into the log and to the server.
package enum OSDPTrouble: String, CaseIterable, Sendable {
    case noAnswer = "no-answer"
    /// The reader has no secure channel, or says so.
    case insecure
    /// Neither end could prove to the other that it has the key.
    case keyRefused = "key-refused"
    /// The reader knows only the key that everybody knows.
    case defaultKey = "default-key"
    /// No key is configured; the reader waits to be installed.
    case notInstalled = "not-installed"
    /// Configured to be used in clear, but the reader demands a secure channel.
    case keyNeeded = "key-needed"
    /// Inside the secure channel the reader says that it has none.
    case deniesSecureChannel = "denies-secure-channel"
    /// Packets with wrong authentication codes kept coming; the channel was made anew.
    case forgedReplies = "forged-replies"
    case installationExpired = "installation-expired"
    case installationRefused = "installation-refused"
    case tamper
    case powerFailure = "power-failure"

    /// It goes on to be read.
    package var leavesReaderOnline: Bool { self == .tamper || self == .powerFailure }
}

/// A reader on an OSDP line and how it is to be talked to.
package struct OSDPReaderSetting: Sendable {
    package enum Security: Hashable, Sendable {
        /// Never in clear beyond the handshake.
        case key(OSDPBaseKey)
        /// Nothing is asked of it before it is installed.
        case notInstalled
        /// In clear, because somebody said so (`secure=off`).
        case off
    }

    package let address: UInt8
    package let security: Security
    package let check: OSDPFrame.Check

    /// - Parameter address: 0…7E.
    package init(address: UInt8, security: Security, check: OSDPFrame.Check = .crc) {
        precondition(address < OSDPFrame.broadcast, "a reader has an address of its own")
        self.address = address
        self.security = security
        self.check = check
    }
}
