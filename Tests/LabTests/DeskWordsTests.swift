// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Testing

@Suite struct DeskWordsTests {
    @Test(arguments: [
        (["list"], #"{"do":"list"}"#), (["pick", "1", "2"], #"{"do":"pick","jobs":[1,2]}"#),
        (["unpick"], #"{"do":"unpick"}"#), (["delete", "3"], #"{"do":"delete","jobs":[3]}"#),
        (["mono", "on"], #"{"do":"mono","on":true}"#), (["mono", "off"], #"{"do":"mono","on":false}"#),
        (["sides", "one"], #"{"do":"sides","sides":"one"}"#), (["accounts"], #"{"begins":"","do":"accounts"}"#),
        (["account", "3"], #"{"do":"account","id":3}"#), (["answer", "12"], #"{"do":"answer","secret":"12"}"#),
    ])
    func wordsAreALine(words: [String], line: String) throws {
        #expect(try DeskWords.line(words, reader: nil).line == line)
    }

    @Test(arguments: [
        [], ["dance"], ["pick"], ["pick", "x"], ["list", "1"], ["account"], ["answer", "1", "2"],
        ["mono", "maybe"], ["mono"], ["sides", "sideways"], ["sides", "one", "two"],
    ])
    func otherWordsAreRefused(words: [String]) {
        #expect(throws: LabFault.self) { try DeskWords.line(words, reader: nil) }
    }

    @Test func whatStandsIsText() throws {
        let answer: JSONValue = [
            "dialogue": [
                "reader": "front", "stage": "desk", "user": "ana",
                "documents": [
                    ["id": 7, "title": "Plan", "pages": 3, "price": "0.15 EUR", "state": "held", "picked": .bool(true)]
                ],
            ]
        ]
        #expect(DeskWords.text(answer) == ["front desk ana", "* 7 Plan, 3 pages, 0.15 EUR, held"])
        #expect(DeskWords.text(["error": "not-now"]) == ["not taken: not-now"])
        let refused: JSONValue = [
            "dialogue": ["reader": "front", "stage": "idle"], "shown": ["outcome": "wrong-pin", "text": "Wrong PIN"],
        ]
        #expect(DeskWords.text(refused) == ["Wrong PIN", "front idle"])
    }
}
