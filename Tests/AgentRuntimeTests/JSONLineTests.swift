// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import AgentRuntime

@Suite struct JSONLineTests {
    private static let whole =
        #" { "do" : "pick", "jobs":[1, -2,3],"on":true,"off":false,"n":12,"z":null,"#
        + #""t":"a\"\\\/\b\f\n\r\té\u00e9\ud83d\ude00" } "#

    private func parse(_ text: String) -> [String: JSONLine.Value]? { JSONLine(text.utf8)?.fields }

    @Test func plainFieldsAreTaken() {
        #expect(
            parse(Self.whole) == [
                "do": .text("pick"), "jobs": .integers([1, -2, 3]), "on": .flag(true), "off": .flag(false),
                "n": .integer(12), "z": .null, "t": .text("a\"\\/\u{8}\u{C}\n\r\téé😀"),
            ])
        #expect(parse("{}") == [:] && parse(#"{"a":[]}"#) == ["a": .integers([])])
    }

    @Test func noPartOfALineIsALine() {
        let bytes = Array(Self.whole.utf8)
        let end = bytes.lastIndex(of: UInt8(ascii: "}")) ?? 0
        for cut in 0...end { #expect(JSONLine(bytes[..<cut]) == nil) }
    }

    @Test(arguments: [
        "", "[]", "1", "null", "{,}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":1}x", "{'a':1}", "{\"a\":01}",
        "{\"a\":1.5}", "{\"a\":1e3}", "{\"a\":+1}", "{\"a\":--1}", "{\"a\":9223372036854775808}", "{\"a\":[1,]}",
        "{\"a\":[[1]]}", "{\"a\":[\"x\"]}", "{\"a\":{}}", "{\"a\":tru}", "{\"a\":1,\"a\":2}", "{\"a\":\"\u{1}\"}",
        "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{\"a\":\"\\ud800\"}", "{\"a\":\"\\ud800\\u0041\"}",
        "{\"a\":\"\\udc00\"}", "{\"a\":\"\\u+123\"}", "{\"a\":-0}",
    ])
    func everythingElseIsRefused(text: String) { #expect(parse(text) == nil) }

    @Test func bytesThatAreNoTextAreRefused() {
        #expect(JSONLine(Array("{\"a\":\"".utf8) + [0xFF, 0x22, 0x7D]) == nil)
    }

    @Test func limitsAreHeld() {
        func object(_ count: Int) -> String { "{" + (0..<count).map { "\"f\($0)\":1" }.joined(separator: ",") + "}" }
        #expect(parse(object(JSONLine.fieldLimit)) != nil && parse(object(JSONLine.fieldLimit + 1)) == nil)
        func list(_ count: Int) -> String { "{\"a\":[" + (0..<count).map { "\($0)" }.joined(separator: ",") + "]}" }
        #expect(parse(list(JSONLine.listLimit)) != nil && parse(list(JSONLine.listLimit + 1)) == nil)
    }

    @Test func changedBytesNeverCrash() {
        let bytes = Array(Self.whole.utf8)
        for index in bytes.indices {
            for value: UInt8 in [0, 0x22, 0x5C, 0x7B, 0x7D, 0x5B, 0x2C, 0x3A, 0x80, 0xFF] {
                var changed = bytes
                changed[index] = value
                _ = JSONLine(changed)
            }
        }
    }
}
