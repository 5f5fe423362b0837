// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import LabRuntime
import Ops
import Testing

@Suite struct ControlServerTests {
    @Test func aRequestIsAnsweredOverTheSocket() throws {
        let folder = try LabFolder.makeTemporary()
        defer { LabFolder.remove(folder) }
        let pump = try Pump()
        let path = folder + "/control.sock"
        let server = try ControlServer.open(path: path, on: pump.loop) { request, answer in
            if case .key(let keys) = request { answer(.done(["typed": .string(keys)])) } else { answer(.done) }
        }
        #expect(try ControlClient.ask(.key("12"), socket: path, on: pump) == ["typed": "12"])
        #expect(try ControlClient.ask(.plug("front"), socket: path, on: pump) == [:])
        server.close()
        #expect(access(path, F_OK) != 0)
    }

    @Test func aRefusalReachesTheClient() throws {
        let folder = try LabFolder.makeTemporary()
        defer { LabFolder.remove(folder) }
        let pump = try Pump()
        let path = folder + "/control.sock"
        let server = try ControlServer.open(path: path, on: pump.loop) { _, answer in
            answer(.refused(LabFault("there is no reader \"x\"; there are front, desk", exit: .usage)))
        }
        defer { server.close() }
        #expect(throws: LabFault("there is no reader \"x\"; there are front, desk", exit: .usage)) {
            try ControlClient.ask(.plug("x"), socket: path, on: pump)
        }
    }

    @Test func withoutALabTheClientSaysWhere() throws {
        let pump = try Pump()
        let fault = #expect(throws: LabFault.self) {
            try ControlClient.ask(.key("1"), socket: "/nowhere/control.sock", on: pump)
        }
        #expect(fault?.description.contains("/nowhere/control.sock") == true)
        #expect(fault?.exit == .unavailable)
    }
}
