// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Ops
import Testing

@Suite struct StoryPageTests {
    @Test func stepsAreNumberedAndWhatWasSeenIsIndented() {
        var page = StoryPage()
        #expect(page.begin("Ana prints.") == " 1  Ana prints.")
        #expect(page.seen("The server holds it.") == "      The server holds it.")
        #expect(page.begin("Ben prints.") == " 2  Ben prints.")
        #expect(page.table("USER  PAGES\n\nana       3\n") == "      USER  PAGES\n      ana       3")
    }

    @Test func aFailureNamesStepExpectationAndSight() {
        var page = StoryPage()
        _ = page.begin("Ana prints.")
        let fault = page.failure(expected: "1 held", seen: "2 held")
        #expect(
            fault.description
                == "step 1 went wrong (Ana prints.)\n  expected: 1 held\n  seen:     2 held")
        #expect(fault.exit != .fine)
    }

    @Test func countsAgreeWithTheirNouns() {
        #expect(StoryPage.count(1, "page") == "1 page")
        #expect(StoryPage.count(0, "page") == "0 pages")
    }
}
