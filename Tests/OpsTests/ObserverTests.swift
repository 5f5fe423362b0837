// SPDX-License-Identifier: Apache-2.0

import Ops
import Primitives
import Testing

@Suite struct ObserverTests {
    private static func lines(_ threshold: LogLevel = .debug, _ body: (Observer) -> Void) -> [String] {
        var lines: [String] = []
        body(Observer(threshold: threshold) { lines.append($0) })
        return lines
    }

    @Test func aRecordIsOneLineWithItsLevelAndFields() {
        let lines = Self.lines {
            $0.log(.info, "job-released", ["user": "anna", "pages": 3, "title": "My \"plan\"\n"])
        }
        #expect(lines == ["<6>job-released user=anna pages=3 title=\"My \\\"plan\\\"\\n\""])
    }

    @Test func belowTheThresholdNothingIsWritten() {
        let lines = Self.lines(.warning) { observer in
            for level in LogLevel.allCases { observer.log(level, "event") }
        }
        #expect(lines == ["<3>event", "<4>event"])
    }

    @Test(arguments: [
        ("", "\"\""), ("plain-text_1.2:3/4", "plain-text_1.2:3/4"), ("a b", "\"a b\""), ("a=b", "\"a=b\""),
        ("\u{1B}[31m", "\"\u{FFFD}[31m\""), ("é", "\"é\""), ("\\", "\"\\\\\""), ("\u{202E}x", "\"\u{FFFD}x\""),
        ("\r\n", "\"\\r\\n\""), ("\u{2028}", "\"\u{FFFD}\""),
    ])
    func valuesCannotBreakTheLine(value: String, shown: String) {
        #expect(Self.lines { $0.log(.error, "e", ["v": value]) } == ["<3>e v=\(shown)"])
    }

    @Test func longValuesAreCut() throws {
        let line = try #require(
            Self.lines { $0.log(.error, "e", ["v": String(repeating: "x", count: Observer.fieldLimit + 1)]) }.first)
        #expect(line.count == "<3>e v=\"\"".count + Observer.fieldLimit + 1 && line.hasSuffix("x…\""))
    }

    @Test(arguments: [
        (Duration.zero, "0 ms"), (.nanoseconds(1_999_999), "1 ms"), (.milliseconds(999), "999 ms"),
        (.seconds(1), "1.0 s"), (.seconds(3.2550759494050174), "3.3 s"), (.milliseconds(99_949), "99.9 s"),
        (.milliseconds(99_950), "100 s"), (.seconds(3600), "3600 s"), (.milliseconds(-1500), "-1.5 s"),
    ])
    func timesAreAsExactAsPeopleWantThem(time: Duration, shown: String) {
        #expect(time.brief == shown)
        #expect(Self.lines { $0.log(.info, "e", ["after": time]) } == ["<6>e after=\"\(shown)\""])
    }

    @Test func secretsHideThemselves() {
        #expect(
            Self.lines { $0.log(.info, "pin", ["pin": SecretBytes([1, 2, 3])]) } == ["<6>pin pin=\"hidden (3 bytes)\""])
    }

    @Test func anOperatorErrorIsLoggedWithCodeAndRemedy() {
        let error = OperatorError(.storeFull, "the spool is full", remedy: "Free space.")
        let line = "<3>operator-error code=store-full what=\"the spool is full\" cause=none remedy=\"Free space.\""
        let lines = Self.lines { $0.log(error) }
        #expect(lines == [line])
    }
}
