// SPDX-License-Identifier: Apache-2.0

import AgentCore
import PrintModel
import Primitives
import ReleaseWire
import Testing

@testable import AgentRuntime

@Suite struct DisplayCommandTests {
    private static func secret(_ text: String) -> SecretBytes { SecretBytes(Array(text.utf8)) }

    private func parse(_ line: String) -> Result<DisplayCommand, DeskFault> {
        do throws(DeskFault) {
            return .success(try DisplayCommand(line.utf8))
        } catch {
            return .failure(error)
        }
    }

    static let table: [(String, DeskCommand)] = [
        (#"{"do":"login","user":"42","pin":"4711"}"#, .logIn(user: "42", .pin, secret("4711"))),
        (#"{"do":"login","user":"ada","password":"x y"}"#, .logIn(user: "ada", .password, secret("x y"))),
        (#"{"do":"answer","secret":"1234"}"#, .answer(secret("1234"))), (#"{"do":"list"}"#, .list),
        (#"{"do":"pick","jobs":[1,2]}"#, .pick([JobID(1), JobID(2)])), (#"{"do":"unpick"}"#, .unpick([])),
        (#"{"do":"release"}"#, .release), (#"{"do":"release-all"}"#, .releaseAll),
        (#"{"do":"delete","jobs":[3]}"#, .delete([JobID(3)])), (#"{"do":"hold"}"#, .hold([])),
        (#"{"do":"mono","on":true}"#, .mono(true)), (#"{"do":"sides","sides":"long-edge"}"#, .sides(.longEdge)),
        (#"{"do":"accounts","begins":""}"#, .findAccounts("")),
        (#"{"do":"account","id":7}"#, .chooseAccount(AccountID(7))), (#"{"do":"change-pin"}"#, .changePIN),
        (#"{"do":"logout"}"#, .logOut),
    ]

    @Test(arguments: table) func aLineIsACommand(line: String, command: DeskCommand) {
        #expect(parse(line) == .success(.desk(command, reader: nil)))
        let atReader = line.dropLast() + #","reader":"front"}"#
        #expect(parse(String(atReader)) == .success(.desk(command, reader: "front")))
    }

    @Test func controlIsAskedForByItself() {
        #expect(parse(#"{"do":"control"}"#) == .success(.control))
        #expect(parse(#"{"do":"control","x":1}"#) == .failure(.badCommand))
    }

    @Test(arguments: [
        "{}", "{\"do\":1}", "{\"do\":\"fly\"}", "{\"do\":\"login\"}", "{\"do\":\"login\",\"user\":\"\",\"pin\":\"1\"}",
        "{\"do\":\"login\",\"user\":\"a\"}", "{\"do\":\"login\",\"user\":\"a\",\"pin\":1}",
        "{\"do\":\"login\",\"user\":\"a\",\"pin\":\"1\",\"password\":\"1\"}", "{\"do\":\"pick\",\"jobs\":1}",
        "{\"do\":\"mono\"}", "{\"do\":\"sides\",\"sides\":\"both\"}", "{\"do\":\"account\"}",
        "{\"do\":\"list\",\"more\":true}", "{\"do\":\"list\",\"reader\":7}", "readers",
    ])
    func whatIsNoCommandIsRefused(line: String) { #expect(parse(line) == .failure(.badCommand)) }

    @Test func secretsAndNamesHaveTheWiresLimits() {
        func logIn(_ user: Int, _ pin: Int) -> String {
            let (name, digits) = (String(repeating: "u", count: user), String(repeating: "1", count: pin))
            return "{\"do\":\"login\",\"user\":\"\(name)\",\"pin\":\"\(digits)\"}"
        }
        #expect((try? parse(logIn(Login.userLimit, ChallengeReply.secretLimit)).get()) != nil)
        #expect(parse(logIn(Login.userLimit + 1, 4)) == .failure(.badCommand))
        #expect(parse(logIn(1, ChallengeReply.secretLimit + 1)) == .failure(.badCommand))
    }

    @Test func aSecretHidesItself() {
        #expect(!"\(parse(#"{"do":"answer","secret":"987654"}"#))".contains("987654"))
    }
}
