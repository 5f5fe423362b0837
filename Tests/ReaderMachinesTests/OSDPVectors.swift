// SPDX-License-Identifier: Apache-2.0

import Primitives

/// The bytes of a published vector.
func osdp(_ text: String) -> [UInt8] {
    Hexadecimal.bytes(of: text.filter { !$0.isWhitespace && $0 != "-" }.utf8)!
}

/// Whole packets from public sources: SIA OSDP annex E, goToMain/libosdp (test-cp-phy.c, issue 39), and OSDP.Net
/// (ReplyTest.cs, PacketDecodingTest.cs, CommandOutgoingMessageTest.cs).
enum OSDPVectors {
    static let packets = [
        "53 7F 0D 00 04 6E 00 80 25 00 00 6E 38",
        "53 7F 0C 00 00 6E 00 80 25 00 00 0F",
        "53 00 09 00 04 61 00 C0 66",
        "53 00 08 00 00 61 00 44",
        "53 65 08 00 04 60 60 90",
        "53 65 09 00 04 61 00 D9 7A",
        "53 E5 07 00 01 40 80",
        "53 E5 09 00 05 41 01 0E 8F",
        "53 80 14 00 04 45 CA 44 6C 01 00 C7 92 02 00 01 07 0F C4 42",
        """
        53 80 23 00 05 46 01 01 02 02 01 01 03 01 00 04 02 01 08 01 00 09 01 01 0A 00 02 0D 00 01 10 01 00 D9 08
        """,
        "53 80 09 00 06 41 06 A0 BA",
        "53 80 08 00 05 40 68 9F",
        "53 00 0D 00 06 6A 00 02 02 02 01 59 92",
        "53 00 0E 00 0E 02 15 60 4B 32 76 77 73 B6",
        "53 E5 1B 00 0D 03 14 01 78 A0 A1 A2 A3 A4 A5 A6 A7 A8 A9 AA AB AC AD AE AF CA BA",
    ].map(osdp)
}
