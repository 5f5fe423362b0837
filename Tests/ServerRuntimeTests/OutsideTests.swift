// SPDX-License-Identifier: Apache-2.0

import Foundation
import Glibc
import HostIO
import Testing
import TestKit

/// The built programs in a network namespace with a public address, and a stranger in another one.
@Suite struct OutsideTests {
    private static let bin = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path

    /// The server's side has 192.0.2.1 (public) and 10.77.0.1 (private), the stranger's .2 of each. Prints for each
    /// port and address how many bytes came back; a line `0` is what a stranger must get.
    private static let script = """
        set -e
        ip link set lo up
        unshare -n sleep 60 & stranger=$!
        trap 'kill $stranger $server $agent 2>/dev/null' EXIT
        for try in 1 2 3 4 5 6 7 8 9 10; do
            [ "$(readlink /proc/$stranger/ns/net)" != "$(readlink /proc/self/ns/net)" ] && break; sleep 0.1
        done
        ip link add inside type veth peer name outside netns $stranger
        ip addr add 192.0.2.1/24 dev inside; ip addr add 10.77.0.1/24 dev inside
        ip -6 addr add 2001:db8::1/64 dev inside nodad; ip link set inside up
        there() { nsenter -t $stranger -n "$@"; }
        there ip addr add 192.0.2.2/24 dev outside; there ip addr add 10.77.0.2/24 dev outside
        there ip -6 addr add 2001:db8::2/64 dev outside nodad; there ip link set outside up
        cat > "$DIR/conf" <<END
        state = $DIR/state
        release-port = 1351
        lpd-port = 515
        admin-socket = $DIR/a.sock
        trusted-hosts = 10.77.0.0/24
        END
        "$BIN/lanyard-server" --config "$DIR/conf" 2> "$DIR/log" & server=$!
        mkdir -m 700 "$DIR/agent"; head -c 32 /dev/zero > "$DIR/agent/server.pin"
        cat > "$DIR/agent.conf" <<END
        state = $DIR/agent
        server = 127.0.0.1
        display-socket =
        readers = listed
        reader.far = id12 listen:4001
        END
        "$BIN/lanyard-agent" --config "$DIR/agent.conf" 2> "$DIR/agent.log" & agent=$!
        for port in 1351 515 4001; do
            for try in $(seq 100); do (exec 3<>/dev/tcp/127.0.0.1/$port) 2>/dev/null && break; sleep 0.1; done
        done
        ask() {
            there timeout 5 bash -c 'exec 3<>/dev/tcp/'$1/$2' || exit 0; printf "'$3'" >&3 2>/dev/null
                head -c 1 <&3 2>/dev/null | wc -c'
        }
        tls='\\026\\003\\001\\000\\001\\000'
        for address in 192.0.2.1 2001:db8::1 10.77.0.1; do
            echo "515 $address $(ask $address 515 '\\002hold\\n')"
            echo "1351 $address $(ask $address 1351 "$tls")"
            echo "4001 $address $(ask $address 4001 "$tls")"
        done
        hello() { there timeout 5 openssl s_client -connect 10.77.0.1:1351 -tls1_2 </dev/null 2>&1; }
        echo "alert $(hello | grep -c 'SSL alert')"
        for knock in $(seq 50); do ask 192.0.2.1 515 x >/dev/null; done
        grep -h connection-refused "$DIR/log" "$DIR/agent.log"
        """

    @Test func whoComesFromOutsideGetsNotAByteOnAnyPort() throws {
        guard getuid() == 0, access("/usr/sbin/ip", X_OK) == 0 || access("/sbin/ip", X_OK) == 0 else {
            return skip("this needs root and iproute2")
        }
        let loop = try Loop()
        let folder = try TemporaryDirectory()
        let probe = try run("/usr/bin/unshare", ["-n", "true"], on: loop)
        guard probe.status == .exited(0) else { return skip("no network namespace may be made here") }
        let text = "DIR=\(folder.path) BIN=\(Self.bin)\n" + Self.script
        try DurableFile.write(Array(text.utf8), to: folder.path + "/script")
        let result = try run("/usr/bin/unshare", ["-n", "bash", folder.path + "/script"], on: loop)
        let lines = result.output.split(separator: "\n").map(String.init)
        for port in ["515", "1351", "4001"] {
            for address in ["192.0.2.1", "2001:db8::1"] {
                #expect(lines.contains("\(port) \(address) 0"), "\(result)")
            }
        }
        // The same question from inside is answered, so the silence is no accident.
        #expect(lines.contains("515 10.77.0.1 1") && lines.contains("alert 1"), "\(result)")
        let refused = lines.filter { $0.contains("reason=public-address") }
        #expect(
            refused.map { $0.contains("listener=lpd") }
                == refused.map { !$0.contains("release") && !$0.contains("4001") })
        #expect(refused.count == 3, "one line for each listener, however many knock: \(refused)")
    }

    private func skip(_ why: String) { print("SKIPPED: whoComesFromOutsideGetsNotAByteOnAnyPort: \(why)") }
}
