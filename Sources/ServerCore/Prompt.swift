// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// What the answer to a prompt is for.
package enum PromptDemand: Equatable, Sendable {
    /// It is checked against this, or against a dummy.
    case check(PINHash?)
    /// A PIN that the person chooses.
    case newPIN
    /// An activation code.
    case code
}

/// What came of it.
package enum PromptAnswer: Equatable, Sendable {
    case matched(Bool)
    case chosen(PINHash)
    /// No PIN that a person may choose.
    case unacceptable
    case code(SecretBytes)
    /// There was no room to look at it. It is neither right nor wrong, and the question stands.
    case unchecked
}
