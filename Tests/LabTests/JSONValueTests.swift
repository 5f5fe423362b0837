// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Testing

@Suite struct JSONValueTests {
    @Test func aValueIsOneLineWithSortedKeys() {
        let value: JSONValue = ["b": [1, true, .null], "a": ["x": "é\n\"/"]]
        #expect(value.line == #"{"a":{"x":"é\n\"/"},"b":[1,true,null]}"#)
        #expect(JSONValue(value.line.utf8) == value)
    }

    @Test func nullIsThereWhereAMissingKeyIsNot() throws {
        let value = try #require(JSONValue(#"{"a":null}"#.utf8))
        #expect(value["a"] == .null)
        #expect(value["b"] == nil)
        #expect(JSONValue("1".utf8)?["a"] == nil)
    }

    @Test(arguments: ["", "{", "nonsense", #"{"a":1}{"#])
    func whatIsNoDocumentIsNothing(text: String) { #expect(JSONValue(text.utf8) == nil) }
}
