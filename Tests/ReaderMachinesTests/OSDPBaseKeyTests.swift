// SPDX-License-Identifier: Apache-2.0

import Primitives
import ReaderMachines
import Testing

@Suite struct OSDPBaseKeyTests {
    @Test(
        arguments: [
            ("30 31 32 33 34 35 36 37 38 39 3A 3B 3C 3D 3E 3F", .defaultKey),
            ("00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", .allZero),
            ("FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF FF", .repeatedByte),
            ("00 01 02 03 04 05 06 07 08 09 0A 0B 0C 0D 0E 0F", .ascending),
            ("00 11 22 33 44 55 66 77 88 99 AA BB CC DD EE FF", .ascending),
            ("F8 F9 FA FB FC FD FE FF 00 01 02 03 04 05 06 07", .ascending),
            ("0F 0E 0D 0C 0B 0A 09 08 07 06 05 04 03 02 01 00", .descending),
            ("DE AD DE AD DE AD DE AD DE AD DE AD DE AD DE AD", .repeatedPattern),
            ("DE AD BE EF DE AD BE EF DE AD BE EF DE AD BE EF", .repeatedPattern),
            ("00 01 02 03 04 05 06 07 00 01 02 03 04 05 06 07", .repeatedPattern),
            ("30 31 32 33 34 35 36 37 38 39 3A 3B 3C 3D 3E", .wrongLength),
            ("30 31 32 33 34 35 36 37 38 39 3A 3B 3C 3D 3E 3F 40", .wrongLength),
        ] as [(String, OSDPBaseKey.Weakness)])
    func aKeyThatAnybodyWouldTryIsRefused(text: String, weakness: OSDPBaseKey.Weakness) {
        #expect(throws: weakness) { try OSDPBaseKey(SecretBytes(osdp(text))) }
    }

    @Test func otherKeysAreTakenAndNeverPrinted() throws {
        let key = try OSDPBaseKey(SecretBytes(osdp("30 31 32 33 34 35 36 37 38 39 3A 3B 3C 3D 3E 40")))
        #expect("\(key)" == "OSDP base key")
        #expect(!String(reflecting: key).contains("48"))
    }
}
