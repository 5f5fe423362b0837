// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Testing

/// The program's words, exit codes and files, without a running lab.
@Suite(.timeLimit(.minutes(5))) struct LabCommandTests {
    /// With `$LINE`, a serial line at whose other end nobody writes.
    private func run(_ text: String, lastly check: (Script) throws -> Void = { _ in }) throws -> Int32 {
        let pump = try Pump()
        let pty = try Pty.open()
        let script = try Script(
            """
            LINE=\(pty.slavePath)
            record() { "$LAB" record --kind id12 --serial $LINE --seconds 1 "$@" 2> said; }
            \(text)
            """, on: pump)
        defer { script.remove() }
        let code = try script.run()
        try check(script)
        return code
    }

    @Test(arguments: ["/dev/full", "/dev/null", "$PWD", "link", "pipe"])
    func aRecordingReplacesNothingButAFile(path: String) throws {
        let text = """
            ln -s nowhere link; mkfifo pipe
            record -o \(path); code=$?
            [ -c /dev/full ] && [ -c /dev/null ] && [ -L link ] && [ -p pipe ] || exit 1
            exit $code
            """
        let code = try run(text) { script in
            #expect(script.text("said").contains("cannot be written"))
            #expect(!script.text("said").contains("recording;"))
        }
        #expect(code == 73)
    }

    @Test func whereNoFileCanBeIsSaidBeforeRecording() throws {
        let code = try run("record -o none/x.rec") { script in
            #expect(script.text("said").contains("none/x.rec cannot be written"))
            #expect(!script.text("said").contains("recording;"))
        }
        #expect(code == 73)
    }

    @Test func aRecordingOfNothingLeavesTheOldOne() throws {
        let text = """
            echo old > x.rec
            record -o x.rec; code=$?
            [ "$(cat x.rec)" = old ] && [ ! -e x.rec.new ] || exit 1
            exit $code
            """
        let code = try run(text) { #expect($0.text("said").contains("nothing was read, so x.rec is not written")) }
        #expect(code == 69)
    }

    @Test func aLineThatAnotherProgramHasIsNamedWithIt() throws {
        let text = """
            "$LAB" record --kind id12 --serial $LINE --seconds 20 -o a.rec 2> first & first=$!
            until grep -q "recording;" first; do sleep 0.05; kill -0 $first || exit 1; done
            record -o b.rec; code=$?
            kill -INT $first; wait $first
            [ ! -e b.rec ] && exit $code
            """
        let code = try run(text) { script in
            #expect(script.text("said").contains("lanyard-lab (process "))
            #expect(script.text("said").contains("systemctl stop lanyard-agent"))
        }
        #expect(code == 69)
    }

    @Test(arguments: ["--help", "record --help", "simulate --bug list", "replay card.rec"])
    func anAnswerThatCannotBeWrittenIsAFailure(words: String) throws {
        let text = """
            frame="02 30 43 30 30 30 36 32 31 41 35 38 45 0D 0A 03"
            printf "kind id12\\n+0 < $frame\\n= deliver em4100 40 0C000621A5\\n" > card.rec
            "$LAB" \(words) > shown || exit 1
            "$LAB" \(words) > /dev/full 2> said
            """
        let code = try run(text) { #expect($0.text("said").contains("the output cannot be written")) }
        #expect(code == 74)
    }

    @Test func wrongWordsAreUsageWithTheProgramsName() throws {
        let text = """
            "$LAB" plug a b --control x 2> said; [ $? = 64 ] || exit 1
            "$LAB" desk mono maybe --control x 2>> said; [ $? = 64 ] || exit 2
            "$LAB" desk sides sideways --control x 2>> said; [ $? = 64 ] || exit 3
            "$LAB" printer wrong-count -1 --control x 2>> said; [ $? = 69 ] || exit 4
            """
        let code = try run(text) { script in
            #expect(script.text("said").split(separator: "\n").allSatisfy { $0.hasPrefix("lanyard-lab ") })
        }
        #expect(code == 0)
    }

    @Test func aStateThatCannotBeKeptLeavesNothing() throws {
        let text = """
            export TMPDIR="$PWD"
            "$LAB" up --state /proc/none 2> said; code=$?
            [ -z "$(ls -d lanyard-lab.* 2> /dev/null)" ] && exit $code
            """
        let code = try run(text) { #expect($0.text("said").contains("the state cannot be kept in /proc/none")) }
        #expect(code == 73)
    }
}
