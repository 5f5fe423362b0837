// SPDX-License-Identifier: Apache-2.0

import Credentials
import Primitives
package import ReaderMachines
import SimDevices

/// What a driver makes of a reader's input, for people and scripts. Badge numbers are masked unless asked for.
package struct ReplayReport {
    private let actions: [ReaderDriver.Action]
    private let isRevealing: Bool

    package init(_ actions: [ReaderDriver.Action], isRevealing: Bool) {
        self.isRevealing = isRevealing
        self.actions = actions.filter {
            switch $0 {
            case .send, .setFeature, .getFeature, .needRandom: false
            case .deliver, .key, .drop, .online, .trouble: true
            }
        }
    }

    /// A line for each thing.
    package var lines: [String] {
        actions.map { action in
            let plain = SimRecording.Outcome([action]).results.joined()
            if isRevealing { return plain }
            switch action {
            case .deliver(let read): return "deliver \(read), \(read.masked)"
            // It may be one of a PIN.
            case .key(.digit): return "key digit"
            default: return plain
            }
        }
    }

    package var json: [JSONValue] { actions.map(json) }

    private func json(_ action: ReaderDriver.Action) -> JSONValue {
        switch action {
        case .deliver(let read):
            var fields: [String: JSONValue] = [
                "event": "deliver", "technology": .string("\(read.technology)"), "masked": .string(read.masked),
            ]
            switch read.content {
            case .bits(let bits):
                fields["bitCount"] = .integer(bits.count)
                if isRevealing { fields["bits"] = .string(bits.revealedBinary) }
            case .text(let text):
                fields["length"] = .integer(text.revealed.count)
                if isRevealing { fields["text"] = .string(String(decoding: text.revealed, as: UTF8.self)) }
            }
            return .object(fields)
        case .drop(let reason): return ["event": "drop", "reason": .string(reason.rawValue)]
        case .online(let text): return ["event": "online", "text": .string(text)]
        case .trouble(let text): return ["event": "trouble", "text": .string(text)]
        case .key:
            let words = ReplayReport([action], isRevealing: isRevealing).lines.joined().dropFirst(4)
            return ["event": "key", "key": .string(String(words))]
        case .send, .setFeature, .getFeature, .needRandom: preconditionFailure("only what people see was kept")
        }
    }
}
