// SPDX-License-Identifier: Apache-2.0

import LabRuntime
import Ops
import Testing

@Suite struct StoryPageTests {
    @Test func stepsAreNumberedAndTheRestIsIndented() {
        var page = StoryPage()
        page.begin("Ana prints.")
        #expect(page.seen("The server holds it.") == " 1  Ana prints. The server holds it.")
        #expect(page.seen("So it does.") == "    So it does.")
        page.begin("Ben prints.")
        #expect(page.table("USER  PAGES\n\nana       3\n") == " 2  Ben prints.\n    USER  PAGES\n    ana       3")
        page.begin("Cleo prints.")
        let long = String(repeating: "x", count: 104)
        #expect(page.seen(long) == " 3  Cleo prints.\n    \(long)")
    }

    @Test func aFailureNamesStepExpectationAndSight() {
        var page = StoryPage()
        page.begin("Ana prints.")
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
