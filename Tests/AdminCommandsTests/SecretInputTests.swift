// SPDX-License-Identifier: Apache-2.0

import Credentials
import Ops
import Primitives
import ServerCore
import Testing

@Suite struct SecretInputTests {
    @Test func aPINIsTypedTwiceWithoutEcho() {
        let desk = Desk()
        desk.isInteractive = true
        desk.input = ["4711", "4711"]
        #expect(desk.run("pin", "set", "ada") == .fine)
        #expect(desk.asked == [.showUser("ada"), .setPIN(user: "ada", Desk.hash)])
        #expect(desk.prompts == ["PIN of ada: ", "The same again: "])
        #expect(desk.output == "PIN of ada set.\n")
    }

    @Test(arguments: [["4711", "4712"], ["4711"], []])
    func aPINThatIsNotTypedTwiceIsNotSet(input: [String]) {
        let desk = Desk()
        desk.isInteractive = true
        desk.input = input
        #expect(desk.run("pin", "set", "ada") == .badData)
        #expect(desk.asked == [.showUser("ada")] && !desk.complaints.joined().contains("471"))
    }

    @Test func aPINComesFromStandardInputWhenNobodySitsThere() {
        let desk = Desk()
        desk.input = ["4711"]
        #expect(desk.run("pin", "set", "ada") == .fine)
        #expect(desk.asked.count == 1 && desk.prompts.isEmpty)
    }

    @Test(arguments: ["471", "4711471147114", "47a1", ""])
    func whatIsNoPINIsRefusedWithoutRepeatingIt(pin: String) {
        let desk = Desk()
        desk.input = [pin]
        #expect(desk.run("pin", "set", "ada") == .badData)
        #expect(desk.sockets.isEmpty && desk.complaints[0].contains("4 to 12 digits"))
        #expect(pin.isEmpty || !desk.complaints[0].contains(pin))
    }

    @Test func aPasswordIsTypedTwiceOrComesFromStandardInput() {
        let desk = Desk()
        desk.isInteractive = true
        desk.input = ["correct horse", "correct horse"]
        #expect(desk.run("user", "password", "ada") == .fine)
        #expect(desk.prompts == ["password of ada: ", "The same again: "])
        let piped = Desk()
        piped.input = ["correct horse"]
        #expect(piped.run("user", "password", "ada") == .fine)
        #expect(desk.asked == [.showUser("ada"), .setPassword(user: "ada", Desk.hash)])
        #expect(piped.asked == [.setPassword(user: "ada", Desk.hash)])
    }

    @Test func aPasswordThatIsTooShortIsNotRepeated() {
        let desk = Desk()
        desk.input = ["s3cret!"]
        #expect(desk.run("user", "password", "ada") == .badData)
        #expect(desk.asked.isEmpty && desk.complaints[0].contains("8 to 128 bytes"))
        #expect(!desk.complaints[0].contains("s3cret"))
    }

    @Test func aBadgeNumberMayComeFromStandardInput() throws {
        let desk = Desk()
        desk.input = ["0006547886"]
        desk.reply = { _ in .badge(BadgeFacts(id: 7, label: "", addedAt: WallTime(milliseconds: 0))) }
        #expect(desk.run("badge", "add", "ada", "-") == .fine)
        #expect(desk.asked == [.addBadge(user: "ada", try CredentialForm(typed: "6547886"), label: "")])
        #expect(desk.output == "Badge 7 added to ada.\n")
    }

    @Test(arguments: ["pin set", "user password"])
    func nobodyTypesASecretForAUserWhoIsNotThere(command: String) {
        let desk = Desk()
        desk.isInteractive = true
        desk.reply = { _ in .refused(AdminRefusal(.notFound, "there is no user nobody")) }
        #expect(desk.run(arguments: command.split(separator: " ").map(String.init) + ["nobody"]) == .badData)
        #expect(desk.prompts.isEmpty && desk.complaints == ["lanyard: there is no user nobody."])
    }

    @Test func aNumberIsAskedForAtATerminalWithoutEcho() throws {
        let desk = Desk()
        desk.isInteractive = true
        desk.input = ["0006547886", " 55 "]
        desk.run("badge", "add", "ada", "-")
        desk.run("user", "number", "ada", "-")
        #expect(desk.prompts == ["badge number of ada: ", "number of ada: "])
        #expect(
            desk.asked == [
                .addBadge(user: "ada", try CredentialForm(typed: "6547886"), label: ""),
                .setNumber(user: "ada", "55"),
            ])
    }

    @Test func blanksAroundALineAreNoPartOfIt() {
        let desk = Desk()
        desk.input = [" 55 "]
        #expect(desk.run("user", "number", "ada", "-") == .fine)
        #expect(desk.asked == [.setNumber(user: "ada", "55")])
        for number in ["5 5", "x", String(repeating: "1", count: 33)] {
            #expect(desk.run("user", "number", "ada", number) == .badData)
            #expect(desk.complaints.last?.contains("1 to 32 digits") == true, "\(desk.complaints)")
        }
    }

    @Test func aWrongBadgeNumberIsNotRepeated() {
        let desk = Desk()
        #expect(desk.run("badge", "add", "ada", "31337zz") == .badData)
        #expect(desk.complaints[0].contains("0x") && !desk.complaints[0].contains("31337"))
    }
}
