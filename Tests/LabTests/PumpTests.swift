// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Testing

@Suite struct PumpTests {
    @Test func aWaitEndsWhenItIsSo() throws {
        let pump = try Pump()
        var count = 0
        func step() {
            count += 1
            if count < 5 { pump.loop.soon(step) }
        }
        pump.loop.soon(step)
        try pump.wait("five", atMost: .seconds(60)) { count == 5 }
    }

    @Test func aWaitThatIsTooLongNamesWhatItWaitedFor() throws {
        let pump = try Pump()
        let fault = #expect(throws: LabFault.self) {
            try pump.wait("Godot", atMost: .milliseconds(1)) { false }
        }
        #expect(fault?.description.contains("Godot") == true)
    }

    @Test func troubleEndsEveryWaitButOneForCleaningUp() throws {
        let pump = try Pump()
        pump.fail(LabFault("first"))
        pump.fail(LabFault("second"))
        #expect(throws: LabFault("first")) { try pump.wait("x", atMost: nil) { false } }
        var isSo = false
        pump.loop.soon { isSo = true }
        try pump.wait("x", atMost: .seconds(60), inSpiteOfTrouble: true) { isSo }
        pump.forgive()
        #expect(pump.trouble == nil)
    }

    @Test func anAnswerIsTheFirstThatIsGiven() throws {
        let pump = try Pump()
        let answer: Int = try pump.answer("a number", atMost: .seconds(60)) { answer in
            pump.loop.soon {
                answer(1)
                answer(2)
            }
        }
        #expect(answer == 1)
    }
}
