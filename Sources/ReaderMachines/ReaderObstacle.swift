// SPDX-License-Identifier: Apache-2.0

/// What keeps a reader from being used, and what to do about it.
package struct ReaderObstacle: Hashable, Sendable {
    package let what: String
    /// Empty where nobody can tell.
    package let remedy: String

    package init(what: String, remedy: String = "") {
        self.what = what
        self.remedy = remedy
    }

    package var text: String { remedy.isEmpty ? what : "\(what). \(remedy)" }
}

extension ReaderObstacle {
    /// What a reader on an OSDP line complains of.
    package init(_ trouble: OSDPTrouble) {
        let install = "Install it: lanyard-agent install READER, and put the reader into its installation mode."
        switch trouble {
        case .noAnswer:
            (what, remedy) = ("it does not answer", "Look at its supply, its wires and its address.")
        case .insecure, .deniesSecureChannel:
            (what, remedy) = (
                "it has no secure channel", "Take one that has, or allow clear text for it with secure=off."
            )
        case .keyRefused: (what, remedy) = ("it has another key than this agent", install)
        case .defaultKey: (what, remedy) = ("it has only the key that everybody knows", install)
        case .notInstalled: (what, remedy) = ("it has no key yet", install)
        case .keyNeeded: (what, remedy) = ("it demands a secure channel", "Take secure=off out of its setting.")
        case .forgedReplies:
            (what, remedy) = ("replies with a wrong code kept coming", "Look for a strange device on its line.")
        case .installationExpired: (what, remedy) = ("nobody installed it in time", install)
        case .installationRefused: (what, remedy) = ("it did not take the new key", install)
        case .tamper: (what, remedy) = ("it says that it was opened or moved", "Look at it.")
        case .powerFailure: (what, remedy) = ("its supply fails", "Look at its supply.")
        }
    }
}
