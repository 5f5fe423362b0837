// SPDX-License-Identifier: Apache-2.0

import Ops
package import SimDevices

/// How a simulated printer misbehaves, as it is typed: `refuse`, `drop-after 1000`, `ok` for not at all.
package struct PrinterFault: Hashable, Sendable {
    package let words: String
    package let command: SimPrinter.Command

    package static let forms = "ok, refuse, hang, drop-after BYTES, mute, wrong-count N, jam PAGE"

    package init(words: [some StringProtocol]) throws(LabFault) {
        self.words = words.joined(separator: " ")
        let number = words.count == 2 ? Int(words[1]) : nil
        switch (words.first.map { "\($0)" }, number, words.count) {
        case ("ok", nil, 1): command = .repair
        case ("refuse", nil, 1): command = .refuseConnections
        case ("hang", nil, 1): command = .hang
        case ("mute", nil, 1): command = .mute
        case ("drop-after", let bytes?, 2) where bytes > 0: command = .dropAfter(bytes: bytes)
        case ("wrong-count", let error?, 2): command = .wrongPageCount(by: error)
        case ("jam", let page?, 2) where page > 0: command = .jam(page: page)
        default:
            throw LabFault("a printer cannot do \(self.words.debugDescription); it can: \(Self.forms)", exit: .usage)
        }
    }
}
