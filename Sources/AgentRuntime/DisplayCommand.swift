// SPDX-License-Identifier: Apache-2.0

import AgentCore
import PrintModel
import Primitives
import ReleaseWire

/// One line that a program on the box sends to the display socket to ask for something.
enum DisplayCommand: Equatable {
    /// From now on this program is a touch screen: it is told how each dialogue stands, and may ask.
    case control
    case desk(DeskCommand, reader: String?)

    /// Bytes of one line.
    static let limit = 8 << 10

    init(_ line: some Collection<UInt8>) throws(DeskFault) {
        guard let line = JSONLine(line), case .text(let word) = line.fields["do"] else { throw .badCommand }
        var fields = DisplayFields(line)
        if word == "control" {
            self = .control
        } else {
            let reader = try fields.optionalText("reader", limit: DurableEvent.nameLimit)
            self = .desk(try Self.command(word, &fields), reader: reader)
        }
        guard fields.isEmpty else { throw .badCommand }
    }

    private static func command(_ word: String, _ fields: inout DisplayFields) throws(DeskFault) -> DeskCommand {
        switch word {
        case "login": return try logIn(&fields)
        case "answer": return .answer(try fields.secret("secret"))
        case "list": return .list
        case "pick": return .pick(try fields.jobs())
        case "unpick": return .unpick(try fields.jobs())
        case "release": return .release
        case "release-all": return .releaseAll
        case "delete": return .delete(try fields.jobs())
        case "hold": return .hold(try fields.jobs())
        case "mono": return .mono(try fields.flag("on"))
        case "sides":
            let sides = Sides(word: try fields.text("sides", limit: 16))
            guard let sides else { throw .badCommand }
            return .sides(sides)
        case "accounts": return .findAccounts(try fields.text("begins", limit: AccountQuery.codeLimit))
        case "account": return .chooseAccount(AccountID(try fields.integer("id")))
        case "change-pin": return .changePIN
        case "logout": return .logOut
        default: throw .badCommand
        }
    }

    private static func logIn(_ fields: inout DisplayFields) throws(DeskFault) -> DeskCommand {
        let user = try fields.text("user", limit: Login.userLimit)
        guard !user.isEmpty else { throw .badCommand }
        if fields.has("pin") { return .logIn(user: user, .pin, try fields.secret("pin")) }
        return .logIn(user: user, .password, try fields.secret("password"))
    }
}

/// Each field is taken once; what is left over was a mistake.
private struct DisplayFields {
    private var values: [String: JSONLine.Value]

    init(_ line: JSONLine) {
        values = line.fields
        values["do"] = nil
    }

    var isEmpty: Bool { values.isEmpty }

    func has(_ name: String) -> Bool { values[name] != nil }

    mutating func optionalText(_ name: String, limit: Int) throws(DeskFault) -> String? {
        switch values.removeValue(forKey: name) {
        case .text(let text) where text.utf8.count <= limit: return text
        case nil, .null: return nil
        case .text, .integer, .flag, .integers: throw .badCommand
        }
    }

    mutating func text(_ name: String, limit: Int) throws(DeskFault) -> String {
        guard let text = try optionalText(name, limit: limit) else { throw .badCommand }
        return text
    }

    mutating func secret(_ name: String) throws(DeskFault) -> SecretBytes {
        SecretBytes(Array(try text(name, limit: ChallengeReply.secretLimit).utf8))
    }

    mutating func flag(_ name: String) throws(DeskFault) -> Bool {
        guard case .flag(let flag) = values.removeValue(forKey: name) else { throw .badCommand }
        return flag
    }

    mutating func integer(_ name: String) throws(DeskFault) -> Int64 {
        guard case .integer(let number) = values.removeValue(forKey: name) else { throw .badCommand }
        return number
    }

    mutating func jobs() throws(DeskFault) -> [JobID] {
        switch values.removeValue(forKey: "jobs") {
        case .integers(let numbers): return numbers.map { JobID($0) }
        case nil: return []
        case .text, .integer, .flag, .null: throw .badCommand
        }
    }
}

extension Sides {
    /// As the display socket has it.
    var word: String {
        switch self {
        case .asSent: "as-sent"
        case .one: "one"
        case .longEdge: "long-edge"
        case .shortEdge: "short-edge"
        }
    }

    init?(word: String) {
        guard let sides = Self.allCases.first(where: { $0.word == word }) else { return nil }
        self = sides
    }
}
