// SPDX-License-Identifier: Apache-2.0

package import PrintModel
package import Primitives
package import ReleaseWire

/// What a person asks for at a touch screen. The screen is a program on the box; the keys of a keypad ask for the same.
package enum DeskCommand: Hashable, Sendable {
    case logIn(user: String, Login.Proof, SecretBytes)
    /// What was asked for: PIN, new PIN, activation code.
    case answer(SecretBytes)
    case list
    case pick([JobID])
    /// None named: all of them.
    case unpick([JobID])
    case releaseAll
    /// What is picked.
    case release
    /// None named: what is picked.
    case delete([JobID])
    /// Keep for longer. None named: what is picked.
    case hold([JobID])
    case mono(Bool)
    case sides(Sides)
    case findAccounts(String)
    case chooseAccount(AccountID)
    case changePIN
    case logOut
}

/// Why a command was not taken. The word is the screen's; none repeats what was sent.
package enum DeskFault: String, Error, CaseIterable, Sendable {
    /// Not at this moment of the dialogue.
    case notNow = "not-now"
    /// The server is being asked.
    case busy
    case noSuchJob = "no-such-job"
    case noSuchAccount = "no-such-account"
    case nothingPicked = "nothing-picked"
    case accountNeeded = "account-needed"
    case notPermitted = "not-permitted"
    /// The server does not know dialogues.
    case unsupported
    /// No JSON object, or no command.
    case badCommand = "bad-command"
    case tooLong = "too-long"
    /// The first command must be `control`.
    case noControl = "no-control"
}
