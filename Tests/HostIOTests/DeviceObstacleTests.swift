// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Testing
import TestKit

@Suite struct DeviceObstacleTests {
    @Test func theProgramThatHoldsALineIsNamed() throws {
        let loop = try Loop()
        let pty = try Pty.open()
        #expect(DeviceObstacle.holders(of: pty.slavePath).isEmpty)
        var isOver = false
        let settings = ChildSettings(
            path: "/bin/sh", arguments: ["-c", "exec 3<>\"$0\"; echo ready; exec sleep 60", pty.slavePath],
            environment: [:],
            descriptors: [1: .collect(limit: 100)])
        let child = try Child(settings, on: loop) { _ in isOver = true }
        #expect(try loop.turn { !DeviceObstacle.holders(of: pty.slavePath).isEmpty || isOver })
        let holder = try #require(DeviceObstacle.holders(of: pty.slavePath).first)
        #expect(holder.process == child.process && !holder.name.isEmpty)
        #expect(DeviceObstacle.running([holder.name]).contains(holder))
        #expect(!DeviceObstacle.running(["no-such-program"]).contains(holder))
        child.kill(SIGKILL)
        #expect(try loop.turn { isOver })
    }

    @Test func theGroupThatMayIsNamed() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path + "/node"
        try DurableFile.write([], to: path, mode: 0o660)
        let group = try #require(getgrgid(getgid()))
        #expect(DeviceObstacle.group(of: path) == String(cString: group.pointee.gr_name))
        chmod(path, 0o600)
        #expect(DeviceObstacle.group(of: path) == nil)
        #expect(DeviceObstacle.group(of: folder.path + "/none") == nil)
    }

    @Test func theKeysOfADeviceAreReadFromSysfs() {
        // KEY_1…KEY_0 and KEY_ENTER; a mouse's buttons; the numeric block alone.
        #expect(KeyCapabilities(sysfs: "10000ffc").canTypeNumbers)
        #expect(!KeyCapabilities(sysfs: "1f0000 0 0 0 0").canTypeNumbersOrPad)
        let pad = KeyCapabilities(sysfs: "10007bb80 0")
        #expect(pad.canTypeNumbersOrPad && !pad.canTypeNumbers)
        #expect(!KeyCapabilities(sysfs: "").canTypeNumbersOrPad && !KeyCapabilities(sysfs: "zz").canTypeNumbersOrPad)
    }

    @Test func aFeatureReportThatTheDeviceDoesNotKnowFails() throws {
        let loop = try Loop()
        let pty = try Pty.open()
        let features = try FeatureWorker(on: loop)
        let device = try HidrawDevice(pty.slavePath, features: features, on: loop)
        var (set, got): (SystemFault?, Result<[UInt8], SystemFault>?) = (nil, nil)
        device.setFeature([0, 1]) { set = $0 }
        device.getFeature(0, length: 9) { got = $0 }
        #expect(try loop.turn { set != nil && got != nil })
        #expect(set?.call == "ioctl HIDIOCSFEATURE")
        #expect(throws: SystemFault.self) { try got?.get() }
        device.close()
        features.stop()
    }
}
