// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import HostIO
import TestKit
import Testing

/// The built programs on a small file system of their own that others fill.
@Suite struct FullDiskTests {
    private static let bin = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path

    /// Prints a line for each thing that was tried.
    private static let script = """
        ip link set lo up
        mkdir "$DIR/disk"; mount -t tmpfs -o size=64m none "$DIR/disk"
        cat > "$DIR/conf" <<END
        state = $DIR/disk/state
        listen = 127.0.0.1
        release-port = 1351
        lpd-port = 515
        admin-socket = $DIR/a.sock
        END
        "$BIN/lanyard-server" --config "$DIR/conf" 2> "$DIR/log" & server=$!
        trap 'kill $server' EXIT
        reserve="$DIR/disk/state/lanyard.reserve"
        await() { for try in $(seq 100); do "$@" && return; sleep 0.1; done; echo "never: $*"; }
        logged() { grep -q "$1" "$DIR/log"; }
        gone() { ! [ -e "$reserve" ]; }
        lanyard() { "$BIN/lanyard" --socket "$DIR/a.sock" "$@"; }
        fill() {
            rm -f "$DIR/disk/filler"; set -- $1 $(df -B1 --output=used,size "$DIR/disk" | tail -1)
            fallocate -l $(($3 * $1 / 100 - $2)) "$DIR/disk/filler"
        }
        send() {
            exec 3<>/dev/tcp/127.0.0.1/515
            {
                printf '\\002q\\n\\00222 cfA00%dh\\nPada\\nldfA00%dh\\nNdoc\\nJx\\n\\000' $2 $2
                printf '\\003%d dfA00%dh\\n' $1 $2; head -c $1 /dev/urandom; printf '\\000'
            } >&3 2>/dev/null
            timeout 5 head -c 5 <&3 2>/dev/null | od -An -v -tu1 | tr -d ' \\n'
        }
        await [ -e "$reserve" ]; await lanyard status > /dev/null
        echo "reserve $(stat -c %s "$reserve")"
        lanyard user add ada --department Arts > /dev/null
        fill 91; await logged takes=no-large-jobs
        echo "large $(send 16777217 1)"; echo "small $(send 300000 2)"
        echo "status $(lanyard status | grep -c '% full: jobs of more than 16 MiB are refused')"
        fill 96; await logged takes=no-jobs
        echo "none $(send 3 3)"
        head -c 64M /dev/zero > "$DIR/disk/rest" 2>/dev/null
        for number in $(seq 50); do lanyard user add "u$number" --department Arts > /dev/null 2>&1 || break; done
        echo "full $number"
        await gone; echo "still $(send 3 5)"
        lanyard user add last --department Arts > /dev/null && echo "after 0"
        rm "$DIR/disk/rest" "$DIR/disk/filler"
        await logged takes=open; await [ -e "$reserve" ]
        echo "again $(send 3 4)"
        kill $server; wait $server
        echo "end $?"
        """

    @Test func jobsAreRefusedBeforeTheDiskIsFullAndTheLedgerHasItsReserve() throws {
        guard getuid() == 0 else { return skip("this needs root") }
        let loop = try Loop()
        let folder = try TemporaryDirectory()
        let probe = try run("/usr/bin/unshare", ["-mn", "mount", "-t", "tmpfs", "none", folder.path], on: loop)
        guard probe.status == .exited(0) else { return skip("no mount namespace may be made here") }
        let text = "DIR=\(folder.path) BIN=\(Self.bin)\n" + Self.script
        try DurableFile.write(Array(text.utf8), to: folder.path + "/script")
        let result = try run("/usr/bin/unshare", ["-mn", "bash", folder.path + "/script"], on: loop)
        let lines = result.output.split(separator: "\n").map(String.init)
        let told = lines.filter { !$0.hasPrefix("full ") }
        #expect(
            told == [
                "reserve 16777216", "large 0001", "small 00000", "status 1", "none 1", "still 1", "after 0",
                "again 00000", "end 0",
            ], "\(result)")
        #expect(lines.contains { $0.hasPrefix("full ") && $0 != "full 50" }, "\(result)")
    }

    private func skip(_ why: String) {
        print("SKIPPED: jobsAreRefusedBeforeTheDiskIsFullAndTheLedgerHasItsReserve: \(why)")
    }
}
