// SPDX-License-Identifier: Apache-2.0

import HTTPServer
import Primitives

/// The parameters behind a path's question mark, taken one by one like ``JSONFields``.
struct QueryFields {
    private var values: [String: String] = [:]
    private var known: [String] = []

    init(_ items: [QueryItem]) throws(AdminFault) {
        for item in items where values.updateValue(item.value, forKey: item.name) != nil {
            throw AdminFault(400, "doubled-parameter", "\(item.name.displaySafe(limit: 64)) is given twice.")
        }
    }

    mutating func text(_ name: String) throws(AdminFault) -> String? {
        try take(name).map { value throws(AdminFault) in try Field.name(value, name) }
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(AdminFault) -> Int? {
        guard let text = take(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .badField(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func word<Word: RawRepresentable & CaseIterable>(_ name: String) throws(AdminFault) -> Word?
    where Word.RawValue == String {
        guard let text = take(name) else { return nil }
        guard let word = Word(rawValue: text) else {
            throw .badField(name, "one of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return word
    }

    mutating func time(_ name: String) throws(AdminFault) -> WallTime? {
        guard let text = take(name) else { return nil }
        guard let time = Timestamp.parse(text) else {
            throw .badField(name, "a day like 2026-11-30 or a time like 2026-11-30T12:00:00Z, in UTC")
        }
        return time
    }

    func expectNothingLeft() throws(AdminFault) {
        if let name = values.keys.min() { throw .unknown("parameter", name, known: known) }
    }

    private mutating func take(_ name: String) -> String? {
        known.append(name)
        return values.removeValue(forKey: name)
    }
}
