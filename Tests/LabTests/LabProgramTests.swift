// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Testing

/// The programs as they were built, led by shell scripts as a tester would write them.
@Suite(.serialized, .timeLimit(.minutes(10))) struct LabProgramTests {
    /// Starts a lab in the background and waits for its one line.
    private static let start = """
        set -u
        "$LAB" up --json $OPTIONS > facts 2> errors & up=$!
        until [ -s facts ]; do sleep 0.05; kill -0 $up || { cat errors >&2; exit 1; }; done
        field() { sed -n "s/.*\\"$1\\":\\"*\\([^,\\"}]*\\).*/\\1/p" facts; }

        """

    @Test(.enabled(if: Tools.areThere), arguments: [Sink.Manner.reports, .mute])
    func aBadgeBringsAFileToAPrinterOfOnesOwn(manner: Sink.Manner) throws {
        let pump = try Pump()
        let sink = try Sink(manner, on: pump)
        let script = try Script(
            Self.start + """
                rlpr -q -N --port=$(field lpd) -H127.0.0.1 -P$(field hold) -Uana "$DOCUMENT"
                "$LAB" present 0006547886 --control $(field control) --json > answer
                until [ -e printed ]; do sleep 0.05; done
                kill -INT $up; wait $up
                """, options: "--printer-uri socket://127.0.0.1:\(sink.port)", on: pump)
        defer { script.remove() }
        sink.onDocument = { script.note("printed") }
        #expect(try script.run() == 0, "\(script.text("errors"))")
        #expect(JSONValue(script.text("answer").utf8)?["outcome"] == "released")
        #expect(sink.has(try LabFolder.read(Tools.document)))
        try script.expectNothingLeft()
    }

    @Test(.enabled(if: Tools.areThere)) func theLineHasWhatATesterNeeds() throws {
        let script = try Script(Self.start + "kill -INT $up; wait $up", on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 0, "\(script.text("errors"))")
        let facts = try #require(JSONValue(script.text("facts").utf8))
        #expect(script.text("facts").split(separator: "\n").count == 1)
        for port in ["lpd", "release", "printer"] { #expect((facts["ports"]?[port]?.integer ?? 0) > 0) }
        for port in ["ipp", "raw", "admin"] { #expect(facts["ports"]?[port] == .null) }
        #expect(facts["queues"] == ["hold": "hold", "pass": .null])
        #expect(facts["readers"] == ["front", "desk"])
        let users = try #require(facts["users"]?.array)
        #expect(users.count >= 3 && users.last?["badge"] == .null)
        #expect(users.contains { $0["pin"]?.string != nil })
        try script.expectNothingLeft()
    }

    @Test(.enabled(if: Tools.areThere)) func aReaderThatIsNotThereIsNamed() throws {
        let script = try Script(
            Self.start + """
                "$LAB" present 0006547886 --reader nix --control $(field control) 2> refusal; code=$?
                kill -INT $up; wait $up || exit 1
                exit $code
                """, on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 64)
        #expect(script.text("refusal").contains("front, desk"))
    }

    /// Until the server says so of a reader; `becomes NAME STATE`.
    private static let readers = """
        lanyard() { "$(dirname "$LAB")/lanyard" --socket $(field socket) "$@"; }
        becomes() {
            for try in $(seq 200); do
                lanyard readers > readers
                grep -q "copier-1 *$1 *[a-z0-9]* *$2 " readers && return
                sleep 0.05
            done
            cat readers >&2; exit 1
        }

        """

    @Test(.enabled(if: Tools.areThere)) func aReaderThatIsPulledOutIsLostAtTheServer() throws {
        let script = try Script(
            Self.start + Self.readers + """
                for reader in front desk; do
                    becomes $reader attached
                    "$LAB" unplug $reader --control $(field control) || exit 1
                    becomes $reader lost
                    lanyard status | grep -A2 "READER IN TROUBLE" > trouble
                    grep -q "^$reader " trouble || exit 2
                    "$LAB" plug $reader --control $(field control) || exit 1
                    becomes $reader attached
                done
                kill -INT $up; wait $up
                """, on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 0, "\(script.text("errors"))\(script.text("readers"))")
        try script.expectNothingLeft()
    }

    @Test(.enabled(if: Tools.areThere)) func aBadgeHeldTwiceToAReaderIsEnrolled() throws {
        let script = try Script(
            Self.start + Self.readers + """
                becomes front attached
                lanyard badge enrol dora --agent copier-1 --reader front --label fob > enrolled 2> said & enrol=$!
                until grep -q "Hold the badge" said; do sleep 0.05; kill -0 $enrol || exit 1; done
                present() { "$LAB" present 0031415926 --control $(field control) --json; }
                present > first
                until grep -q "once more" said; do sleep 0.05; kill -0 $enrol || exit 1; done
                sleep 0.6
                present > second
                wait $enrol || exit 2
                rlpr -q -N --port=$(field lpd) -H127.0.0.1 -P$(field hold) -Udora "$DOCUMENT"
                sleep 2.1
                present > third
                kill -INT $up; wait $up
                """, on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 0, "\(script.text("errors"))\(script.text("said"))")
        let outcomes = ["first", "second", "third"].map { JSONValue(script.text($0).utf8)?["outcome"]?.string }
        #expect(outcomes == ["hold-again", "registered", "released"])
        #expect(script.text("enrolled").hasPrefix("Badge ") && script.text("enrolled").contains("enrolled for dora"))
        try script.expectNothingLeft()
    }

    @Test(.enabled(if: Tools.areThere)) func aChildThatDiesEndsTheLabWithItsName() throws {
        let script = try Script(
            Self.start + """
                state=$(field state)
                for process in /proc/[0-9]*; do
                    case "$(tr '\\0' ' ' < $process/cmdline 2> /dev/null)" in
                        */lanyard-agent\\ --config\\ $state*) kill -KILL ${process#/proc/} ;;
                    esac
                done
                wait $up
                """, on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 69)
        #expect(script.text("errors").contains("lanyard-agent was killed by signal 9"))
        try script.expectNoProcessLeft()
    }

    @Test(.enabled(if: Tools.areThere)) func nothingOutlivesALabThatIsKilled() throws {
        let script = try Script(Self.start + "kill -KILL $up; wait $up", on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 128 + SIGKILL)
        try script.expectNoProcessLeft()
    }

    @Test(.enabled(if: Tools.areThere)) func theStateFolderOutlivesTheLabAndServesTheNext() throws {
        let pump = try Pump()
        let script = try Script(
            Self.start + """
                rlpr -q -N --port=$(field lpd) -H127.0.0.1 -P$(field hold) -Uana "$DOCUMENT"
                kill -INT $up; wait $up || exit 1
                rm facts
                "$LAB" up --json $OPTIONS > facts 2>> errors & up=$!
                until [ -s facts ]; do sleep 0.05; kill -0 $up || exit 1; done
                "$LAB" present 0006547886 --reader desk --control $(field control) --json > answer
                kill -INT $up; wait $up
                """, options: "--state state", on: pump)
        defer { script.remove() }
        #expect(try script.run() == 0, "\(script.text("errors"))")
        #expect(JSONValue(script.text("answer").utf8)?["outcome"] == "released")
        try script.expectNoProcessLeft()
    }

    @Test(.enabled(if: Tools.areThere)) func theDemoIsTrue() throws {
        let script = try Script("\"$LAB\" demo > story 2> errors", on: try Pump())
        defer { script.remove() }
        #expect(try script.run() == 0, "\(script.text("story"))\(script.text("errors"))")
        #expect(script.text("story").contains("All of it happened as told"))
    }
}
