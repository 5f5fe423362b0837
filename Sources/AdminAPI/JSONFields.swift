// SPDX-License-Identifier: Apache-2.0

import AdminModel
import FoundationEssentials
import Primitives
import ReleaseRules

/// The object in a request's body. Each field is taken once; what is left over was a typing mistake and is refused.
struct JSONFields {
    private var values: [String: JSONValue]
    private var known: [String] = []

    /// Nothing at all is the empty object.
    init(_ body: [UInt8]) throws(AdminFault) {
        guard !body.isEmpty else {
            values = [:]
            return
        }
        do {
            values = try JSONDecoder().decode([String: JSONValue].self, from: Data(body))
        } catch {
            // The decoder's own text may repeat what it read.
            throw AdminFault(400, "bad-json", "The body is not a JSON object.")
        }
    }

    mutating func text(_ name: String) throws(AdminFault) -> String {
        guard let text = try optionalText(name) else { throw .missing(name) }
        return try Field.name(text, name)
    }

    /// May be empty, too.
    mutating func optionalText(_ name: String) throws(AdminFault) -> String? {
        guard let value = take(name) else { return nil }
        guard case .text(let text) = value else { throw .badField(name, "a text") }
        return text.isEmpty ? text : try Field.name(text, name)
    }

    /// What a person types at a keypad.
    mutating func number(_ name: String) throws(AdminFault) -> String {
        guard let number = try optionalNumber(name) else { throw .missing(name) }
        return number
    }

    mutating func optionalNumber(_ name: String) throws(AdminFault) -> String? {
        guard let value = take(name) else { return nil }
        guard case .text(let text) = value, NameRule.isNumber(text) else {
            throw .badField(name, NameRule.numberWords + " in quotes")
        }
        return text
    }

    /// Text that no answer or error repeats.
    mutating func secret(_ name: String) throws(AdminFault) -> SecretBytes {
        guard let value = take(name) else { throw .missing(name) }
        guard case .text(let text) = value, text.utf8.count <= Field.limit else {
            throw .badField(name, "a text in quotes")
        }
        return SecretBytes(Array(text.utf8))
    }

    mutating func flag(_ name: String) throws(AdminFault) -> Bool {
        guard let flag = try optionalFlag(name) else { throw .missing(name) }
        return flag
    }

    mutating func optionalFlag(_ name: String) throws(AdminFault) -> Bool? {
        guard let value = take(name) else { return nil }
        guard case .flag(let flag) = value else { throw .badField(name, "true or false") }
        return flag
    }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(AdminFault) -> Int {
        guard let value = take(name) else { throw .missing(name) }
        guard case .integer(let number) = value, let number = Int(exactly: number), range.contains(number) else {
            throw .badField(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    mutating func rows(_ name: String) throws(AdminFault) -> [UserImportRow] {
        guard let value = take(name) else { throw .missing(name) }
        guard case .rows(let rows) = value, rows.count <= UserImportLimits.users else {
            throw .badField(
                name, "a list of at most \(UserImportLimits.users) objects with \(UserImportRow.fields), no others")
        }
        return rows
    }

    func expectNothingLeft() throws(AdminFault) {
        if let name = values.keys.min() { throw .unknown("field", name, known: known) }
    }

    private mutating func take(_ name: String) -> JSONValue? {
        known.append(name)
        return values.removeValue(forKey: name)
    }
}

/// Rules for words that end up in names, paths and tables.
enum Field {
    static let limit = NameRule.limit

    static func name(_ text: String, _ field: String) throws(AdminFault) -> String {
        guard NameRule.isName(text) else { throw .badField(field, NameRule.nameWords) }
        return text
    }
}

private enum JSONValue: Decodable {
    case text(String)
    case integer(Int64)
    case flag(Bool)
    case rows([UserImportRow])
    /// Nothing that any field of ours takes.
    case other

    init(from decoder: any Decoder) throws {
        guard let container = try? decoder.singleValueContainer() else {
            self = .other
            return
        }
        if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Int64.self) {
            self = .integer(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let rows = try? container.decode([UserImportRow].self) {
            self = .rows(rows)
        } else {
            self = .other
        }
    }
}
