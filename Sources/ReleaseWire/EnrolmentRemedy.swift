// SPDX-License-Identifier: Apache-2.0

extension Refusal {
    /// What a person does after a refused `ENROL`.
    /// - Parameters:
    ///   - newKey: how this program gets another key.
    ///   - life: of a code, in words.
    ///   - command: what makes a code for it at the server.
    package func enrolmentRemedy(newKey: String, life: String, command: String) -> String {
        switch code {
        case .revoked, .keyRejected: "This key was revoked: \(newKey), then enrol it anew."
        case .busy, .maintenance, .storeFull: "The code is still good: try again once the server is well."
        case .enrolmentCode:
            "A code works once, for \(life), and for what it was made for: make a new one with `\(command)`."
        default: "Make a new code with `\(command)`."
        }
    }
}
