// SPDX-License-Identifier: Apache-2.0

import ReaderMachines
import Testing

@Suite struct ReaderSettingTests {
    @Test(
        arguments: [
            ("id12 /dev/ttyUSB0", .id12, .path("/dev/ttyUSB0")),
            ("wedge 16c0:27db", .wedge, .usb(USBIdentity(vendor: 0x16C0, product: 0x27DB))),
            ("keypad 05a4:9837", .keypad, .usb(USBIdentity(vendor: 0x05A4, product: 0x9837))),
            ("pcsc pcsc:*OMNIKEY*", .pcsc, .smartCard(Wildcard("*OMNIKEY*"))),
            ("rfideas tcp:reader.example:4001", .rfideas, .dial(host: "reader.example", port: 4001)),
            ("text tcp:[fd00::1]:4001", .text, .dial(host: "fd00::1", port: 4001)),
            ("id12 listen:4002", .id12, .listen(port: 4002)),
        ] as [(String, ReaderKind, ReaderPlace)])
    func aReaderIsAKindAndAPlace(text: String, kind: ReaderKind, place: ReaderPlace) throws {
        let setting = try ReaderSetting(name: "front", text: text)
        #expect(setting == ReaderSetting(name: "front", model: ReaderModel(kind: kind), place: place))
        #expect("\(kind.rawValue) \(setting.place.text)" == text)
    }

    @Test func optionsSayHowAndWhich() throws {
        let setting = try ReaderSetting(
            name: "front", text: "id12 0403:6001 serial=A1 port=usb-1.2 interface=1 speed=19200 parity=even stop=2")
        var identity = USBIdentity(vendor: 0x0403, product: 0x6001)
        (identity.serial, identity.port, identity.interface) = ("A1", "usb-1.2", 1)
        #expect(setting.place == .usb(identity))
        #expect(setting.model.options.line == SerialLine(speed: 19200, parity: .even, stopBits: 2))
        #expect(setting.model.words == ["speed=19200", "parity=even", "stop=2"])
        let text = try ReaderSetting(name: "a", text: "text listen:1 heartbeat=5 grammar=digits length=10 end=silence")
        #expect(text.model.heartbeat == .seconds(5) && text.model.options.fixedLength == 10)
        #expect(text.model.options.grammar == .digits && text.model.options.endsBySilence)
    }

    @Test func aLoneSpeedKeepsTheKindsLine() throws {
        let setting = try ReaderSetting(name: "a", text: "twn4 /dev/ttyUSB0 parity=odd")
        #expect(setting.model.options.line == SerialLine(speed: 115_200, parity: .odd))
    }

    @Test func anOSDPLineMayHaveSeveralReaders() throws {
        let line = try ReaderSetting(name: "door", text: "osdp /dev/ttyUSB0 address=0,3 secure=off speed=115200")
        #expect(line.model.osdp.addresses == [0, 3] && !line.model.osdp.isSecure)
        #expect(line.model.readerNames(of: line.name) == ["door.0", "door.3"])
        let one = try ReaderSetting(name: "door", text: "osdp /dev/ttyUSB0 address=5")
        #expect(one.model.readerNames(of: one.name) == ["door"] && one.model.osdp.isSecure)
    }

    @Test func everyOptionIsKnownByItsKey() throws {
        let values = [
            "grammar": "hex", "end": "silence", "typing": "yes", "tracks": "lines", "track": "2", "poll": "100",
            "pause": "100", "speed": "9600", "parity": "none", "bits": "8", "stop": "1", "binary": "yes", "crc": "yes",
            "silent": "no", "secure": "off", "rs485": "auto", "check": "sum", "technology": "iso14443a",
            "keys": "plain",
        ]
        for key in ReaderModel.keys {
            let word = "\(key)=\(values[key] ?? "10")"
            #expect(throws: Never.self, "\(word)") { try ReaderModel(kind: .text, words: [word]) }
            #expect(throws: ReaderModel.Fault.self, "\(key)") { try ReaderModel(kind: .text, words: [key + "=?"]) }
        }
    }

    @Test(
        arguments: [
            "", "id12", "it12 /dev/ttyUSB0", "id12 ttyUSB0", "wedge 16c0", "wedge 16c0:27dbx", "wedge 16c0:27dg",
            "wedge tcp:10.0.0.1:1", "wedge listen:1", "pcsc /dev/x", "pcsc 076b:5427", "id12 pcsc:x", "id12 listen:0",
            "id12 tcp:10.0.0.1", "id12 tcp::1", "id12 tcp:fd00::1:1", "id12 tcp:h:65536", "id12 tcp:h:+1",
            "id12 listen:+1", "id12 /dev/x serial=1",
            "id12 /dev/x speed", "osdp /dev/x address=1,1", "osdp /dev/x address=127", "osdp /dev/x address=",
            "id12 /dev/x length=0", "id12 /dev/x pause=9", "wedge 16c0:27db interface=32",
        ])
    func otherTextsAreRefused(text: String) {
        #expect(throws: ReaderModel.Fault.self) { try ReaderSetting(name: "front", text: text) }
    }

    @Test func aNameFitsTheLog() {
        for name in ["", "a b", String(repeating: "a", count: 65)] {
            #expect(throws: ReaderModel.Fault.self) { try ReaderSetting(name: name, text: "id12 /dev/x") }
        }
    }

    @Test func whoSwitchesAnRS485LineIsASetting() throws {
        func rs485(_ text: String) throws -> SerialLine.RS485? {
            let model = try ReaderSetting(name: "door", text: text).model
            guard case .serial(let line) = model.kind.transport else { return nil }
            return (model.options.line ?? line).rs485
        }
        #expect(try rs485("osdp /dev/ttyS1") == .auto)
        #expect(try rs485("osdp /dev/ttyS1 speed=115200") == .auto)
        #expect(try rs485("osdp /dev/ttyS1 rs485=kernel") == .kernel)
        #expect(try rs485("osdp /dev/ttyS1 rs485=off") == .off)
        #expect(try rs485("id12 /dev/ttyS1") == .off)
        #expect(throws: ReaderModel.Fault.self) { try rs485("osdp /dev/a rs485=1") }
    }
}
