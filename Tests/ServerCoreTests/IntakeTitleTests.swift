// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import ServerCore

@Suite struct IntakeTitleTests {
    @Test(
        arguments: [
            ("/home/ana/thesis.pdf", "thesis.pdf"), ("/thesis.pdf", "thesis.pdf"), ("//srv/a b.ps", "a b.ps"),
            ("/home/ana/", "ana"), ("/", "/"), ("///", "///"), ("", ""), ("thesis.pdf", "thesis.pdf"),
            ("Income / Loss 2026", "Income / Loss 2026"), ("a/b.pdf", "a/b.pdf"), ("(stdin)", "(stdin)"),
        ])
    func aPathIsCalledByItsLastPart(name: String, title: String) {
        #expect(IntakeService.title(of: name) == title)
    }
}
