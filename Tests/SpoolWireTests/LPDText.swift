// SPDX-License-Identifier: Apache-2.0

import SimDevices

/// What an LPD client writes, piece by piece, and what none should.
enum LPDText {
    static let control = "Hhost\nPana\nJbudget\nldfA123host\nNbudget.pdf\n"

    static func receive(_ queue: String) -> [UInt8] { SimLPDJob.receive(queue) }

    static func control(_ text: String = control, name: String = "cfA123host") -> [UInt8] {
        SimLPDJob.command(2, count: text.utf8.count, name) + Array("\(text)\0".utf8)
    }

    static func data(_ text: String, name: String = "dfA123host", count: String? = nil, end: String = "\0") -> [UInt8] {
        SimLPDJob.command(3, count: count ?? String(text.utf8.count), name) + Array("\(text)\(end)".utf8)
    }
}
