// SPDX-License-Identifier: Apache-2.0

/// Why bytes on an OSDP line, a packet or a reading were not used. The raw values go into the log and the counters.
package enum OSDPFault: String, Error, CaseIterable, Sendable {
    // Packets
    /// Bytes outside of any packet.
    case noise
    case tooShort = "too-short"
    case tooLong = "too-long"
    case badCRC = "bad-crc"
    case badChecksum = "bad-checksum"
    /// The security block does not fit its packet, or is not the one the exchange asks for.
    case badSecurityBlock = "bad-security-block"

    // Exchanges
    /// Nothing was asked.
    case unexpected
    case wrongAddress = "wrong-address"
    case wrongSequence = "wrong-sequence"
    /// A checksum where a CRC was asked for, or the reverse.
    case wrongCheck = "wrong-check"
    case badMAC = "bad-mac"
    case badPadding = "bad-padding"
    /// An answer in clear inside a secure channel.
    case clearReply = "clear-reply"
    /// A read outside a secure channel made with the reader's own key, or not encrypted in it.
    case insecureRead = "insecure-read"
    /// The reader refused a command.
    case refused

    // Contents
    case badLength = "bad-length"
    case badBitCount = "bad-bit-count"
    /// Bits set behind the last one: the reader aligns its reads to the wrong side.
    case notLeftJustified = "not-left-justified"
    case notPrintable = "not-printable"
    /// A key that is neither a digit nor clear nor enter.
    case unknownKey = "unknown-key"
}
