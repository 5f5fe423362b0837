// SPDX-License-Identifier: Apache-2.0

extension WiegandFormat {
    /// Every format known, by length and then by how common it is. Restated from proxmark3's `wiegand_formats.c` and
    /// `cmdlfawid.c`, the Flipper "unleashed" decoders and makers' papers; unproven where those contradict themselves.
    package static let table: [WiegandFormat] = upTo33 + thirtyFour + thirtyFiveAndSix + thirtySeven + from38

    /// The open 26-bit format of most plain 125 kHz badges.
    package static let h10301 = WiegandFormat(
        "H10301", 26, [.facilityCode("1-8"), .cardNumber("9-24")], [.even(0, "1-12"), .odd(25, "13-24")])

    private static let upTo33: [WiegandFormat] = [
        h10301,
        // The same frame with another split: nothing in a read tells the two apart.
        WiegandFormat(
            "Indala26", 26, [.facilityCode("1-12"), .cardNumber("13-24")], [.even(0, "1-12"), .odd(25, "13-24")]),
        WiegandFormat("Indala27", 27, [.facilityCode("0-12"), .cardNumber("13-26")]),
        WiegandFormat(
            "IndalaASC27", 27,
            [
                .facilityCode("9,4,6,5,0,7,19,8,10,16,24,12,22"),
                .cardNumber("26,1,3,15,14,17,20,13,25,2,18,21,11,23"),
            ]),
        WiegandFormat(
            "Tecom27", 27,
            [
                .facilityCode("15,19,24,23,22,18,6,10,14,3,2"),
                .cardNumber("0,1,13,12,9,26,20,16,17,21,25,7,8,11,4,5"),
            ]),
        WiegandFormat(
            "2804W", 28, [.facilityCode("4-11"), .cardNumber("12-26")],
            [.odd(2, "4,5,7,8,10,11,13,14,16,17,19,20,22,23,25,26"), .even(0, "1-13"), .odd(27, "0-26")]),
        WiegandFormat("Indala29", 29, [.facilityCode("0-12"), .cardNumber("13-28")]),
        WiegandFormat(
            "ATSW30", 30, [.facilityCode("1-12"), .cardNumber("13-28")], [.even(0, "1-12"), .odd(29, "13-28")]),
        WiegandFormat("ADT31", 31, [.facilityCode("1-4"), .cardNumber("5-27")]),
        WiegandFormat(
            "Kastle32", 32, [.issueLevel("2-6"), .facilityCode("7-14"), .cardNumber("15-30")],
            [.constant("1", 1), .even(0, "1-16"), .odd(31, "14-30")]),
        WiegandFormat("HCP32", 32, [.cardNumber("1-24")]),
        WiegandFormat("KFS32", 32, [.facilityCode("7-14"), .cardNumber("15-30")]),
        WiegandFormat("WIE32", 32, [.facilityCode("4-15"), .cardNumber("16-31")]),
        WiegandFormat(
            "D10202", 33, [.facilityCode("1-7"), .cardNumber("8-31")], [.even(0, "1-16"), .odd(32, "16-31")]),
    ]

    private static let thirtyFour: [WiegandFormat] = [
        WiegandFormat(
            "H10306", 34, [.facilityCode("1-16"), .cardNumber("17-32")], [.even(0, "1-16"), .odd(33, "17-32")]),
        // A real badge breaks the even parity (proxmark3 issue 1060).
        WiegandFormat(
            "N10002", 34, [.facilityCode("1-16"), .cardNumber("17-32")], [.even(0, "1-16"), .odd(33, "17-32")]),
        WiegandFormat(
            "BQT34", 34, [.facilityCode("1-8"), .cardNumber("9-32")], [.even(0, "1-16"), .odd(33, "17-32")]),
        WiegandFormat("Optus34", 34, [.cardNumber("1-16"), .facilityCode("22-32")]),
        WiegandFormat("Smartpass34", 34, [.facilityCode("1-13"), .issueLevel("14-16"), .cardNumber("17-32")]),
    ]

    private static let thirtyFiveAndSix: [WiegandFormat] = [
        // Corporate 1000; the facility code is the customer's "company ID".
        WiegandFormat(
            "C1000-35", 35, [.facilityCode("2-13"), .cardNumber("14-33")],
            [
                .even(1, "2,3,5,6,8,9,11,12,14,15,17,18,20,21,23,24,26,27,29,30,32,33"),
                .odd(34, "1,2,4,5,7,8,10,11,13,14,16,17,19,20,22,23,25,26,28,29,31,32"), .odd(0, "1-34"),
            ]),
        WiegandFormat(
            "HID36-OEM2", 36, [.facilityCode("1-16"), .cardNumber("17-32"), .oem("33-34")],
            [.odd(0, "1-17"), .even(35, "18-34")]),
        WiegandFormat(
            "C15001", 36, [.oem("1-10"), .facilityCode("11-18"), .cardNumber("19-34")],
            [.even(0, "1-17"), .odd(35, "18-34")]),
        // Both odd, and bit 17 in both: the sources do not agree on that.
        WiegandFormat(
            "S12906", 36, [.facilityCode("1-8"), .issueLevel("9-10"), .cardNumber("11-34")],
            [.odd(0, "1-17"), .odd(35, "17-34")], isProven: false),
        WiegandFormat(
            "S12906b", 36, [.facilityCode("1-8"), .cardNumber("11-34")],
            [
                .constant("1-8", 217),
                .odd(0, "1,2,4,5,7,8,12,13,15,16,18,19,21,22,24,25,27,28,30,31,33,34"),
                .even(9, "2,3,5,6,8,11,13,14,16,17,19,20,22,23,25,26,28,29,31,32,34,35"),
                .even(10, "1,3,4,6,7,11,12,14,15,17,18,20,21,23,24,26,27,29,30,32,33,35"),
            ]),
        WiegandFormat(
            "Siemens36", 36, [.facilityCode("1-18"), .cardNumber("19-34")],
            [
                .odd(0, "1,3,4,6,7,9,10,12,13,15,16,18,19,21,22,24,25,27,28,30,31,33,34"),
                .even(35, "1,2,4,5,7,8,10,11,13,14,16,17,19,20,22,23,25,26,28,29,31,32,34"),
            ]),
        WiegandFormat("AWID36", 36, [.facilityCode("6-16"), .cardNumber("17-34")]),
    ]

    private static let thirtySeven: [WiegandFormat] = [
        // H10302 and H10304 have the same parity, so each read of the one is one of the other.
        WiegandFormat(
            "H10304", 37, [.facilityCode("1-16"), .cardNumber("17-35")], [.even(0, "1-18"), .odd(36, "18-35")]),
        WiegandFormat("H10302", 37, [.cardNumber("1-35")], [.even(0, "1-18"), .odd(36, "18-35")]),
        // Settled by 52 real badges (unleashed-firmware issue 1158): proxmark3's "MDI37" has other spans.
        WiegandFormat(
            "S10401", 37, [.facilityCode("1-6"), .cardNumber("7-35")], [.even(0, "1-17"), .odd(36, "18-35")]),
        // Also called AWID37. It has parity, but nobody published which.
        WiegandFormat("P10004", 37, [.facilityCode("1-13"), .cardNumber("14-31")]),
        // Bit 0 is the highest of the first digit and constant; the masks of bits 34 and 35 look like slips.
        WiegandFormat(
            "H10320", 37, [.cardDigits("0-31")],
            [
                .constant("0", 1), .even(32, "0,4,8,12,16,20,24,28"), .odd(33, "1,5,9,13,17,21,25,29"),
                .even(34, "2,6,10,14,18,22,28,30"), .even(35, "3,7,11,15,19,23,29,31"),
            ], isProven: false),
        // The published encoder and decoder differ in one bit of the odd mask.
        WiegandFormat(
            "HGen37", 37, [.cardNumber("4-35")],
            [
                .constant("36", 1), .even(0, "4,8,12,16,20,24,28,32"), .odd(2, "6,10,14,18,22,26,30,34"),
                .even(3, "7,11,15,19,23,27,31,35"),
            ], isProven: false),
    ]

    private static let from38: [WiegandFormat] = [
        WiegandFormat(
            "BQT38", 38, [.cardNumber("1-19"), .issueLevel("20-23"), .facilityCode("24-36")],
            [.even(0, "1-18"), .odd(37, "19-36")]),
        WiegandFormat(
            "ISCS38", 38, [.oem("1-4"), .facilityCode("5-14"), .cardNumber("15-36")],
            [.even(0, "1-18"), .odd(37, "19-36")]),
        WiegandFormat(
            "Pyramid39", 39, [.facilityCode("1-17"), .cardNumber("18-37")], [.even(0, "1-18"), .odd(38, "19-37")]),
        WiegandFormat(
            "P10001", 40, [.facilityCode("4-15"), .cardNumber("16-31")], [.constant("0-3", 15), .exclusiveOr]),
        WiegandFormat(
            "Verkada40", 40, [.facilityCode("1-10"), .cardNumber("11-38")], [.even(0, "1-10"), .even(39, "11-38")]),
        WiegandFormat("BC40", 40, [.oem("0-6"), .facilityCode("7-18"), .cardNumber("19-37")], [.odd(39, "19-37")]),
        // Casi-Rusco. Numbers from 195534 on were printed plain, those from 286571 on with the offset.
        WiegandFormat(
            "C10106", 40, [.facilityCode("2-20"), .cardNumberWithOffset("21-39", 66_606)], [.constant("0,1", 0)]),
        WiegandFormat(
            "H800002", 46, [.facilityCode("1-14"), .cardNumber("15-44")], [.even(0, "1-44"), .odd(45, "1-44")]),
        WiegandFormat(
            "C1000-48", 48, [.facilityCode("2-23"), .cardNumber("24-46")],
            [
                .even(1, "3,4,6,7,9,10,12,13,15,16,18,19,21,22,24,25,27,28,30,31,33,34,36,37,39,40,42,43,45,46"),
                .odd(47, "2,3,5,6,8,9,11,12,14,15,17,18,20,21,23,24,26,27,29,30,32,33,35,36,38,39,41,42,44,45"),
                .odd(0, "1-47"),
            ]),
        WiegandFormat(
            "AWID50", 50, [.facilityCode("1-16"), .cardNumber("17-48")], [.even(0, "1-24"), .odd(49, "25-48")]),
        WiegandFormat(
            "Avigilon56", 56, [.facilityCode("1-20"), .cardNumber("21-54")], [.even(0, "1-27"), .odd(55, "28-54")]),
        WiegandFormat("InnerRange56", 56, [.facilityCode("0-23"), .cardNumber("24-55")]),
    ]
}
