// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import ReaderMachines
import SimDevices

/// An ID-12 on a pseudo terminal. Unplugging hangs the line up and takes the link away, as a USB serial adapter does.
final class SerialReader: SimulatedReader {
    private let link: String
    private let testbed: Testbed
    private let loop: Loop
    private let runner: MachineRunner<SimID12>
    private var line: HostIO.Stream?
    private var adapter: SimulatedDevice?

    init(link: String, testbed: Testbed, on loop: Loop) {
        self.link = link
        self.testbed = testbed
        self.loop = loop
        runner = MachineRunner(SimID12(model: .id12), on: loop)
        runner.perform = { [weak self] action in
            switch action {
            case .send(let bytes): self?.line?.write(bytes)
            }
        }
    }

    func plug() throws(LabFault) {
        guard adapter == nil else { return }
        do throws(SystemFault) {
            let pty = try Pty.open()
            let path = pty.slavePath
            line = try HostIO.Stream(pty.takeMaster(), on: loop)
            // Nobody has the line open yet, which a pseudo terminal reports as an end.
            line?.pauseReading()
            unlink(link)
            try retrying("symlink \(link)") { symlink(path, link) }
        } catch {
            throw LabFault(error, while: "plugging in the serial reader")
        }
        adapter = try testbed.plug { SimulatedDevice.serialAdapter($0, name: "ID-12 on USB serial") }
    }

    func unplug() throws(LabFault) {
        unlink(link)
        line?.close()
        line = nil
        if let adapter { testbed.unplug(adapter) }
        adapter = nil
    }

    func present(_ badge: BadgeText) throws(LabFault) {
        guard line != nil else { throw LabFault("the serial reader is unplugged", exit: .unavailable) }
        guard let number = badge.em4100 else {
            throw LabFault("the serial reader reads EM4100 badges: their number is below 4294967296", exit: .badData)
        }
        runner.feed(.present(number))
    }

    func type(_ strokes: String) throws(LabFault) { throw LabFault("the serial reader has no keys", exit: .usage) }

    func play(_ player: RecordingPlayer) throws(LabFault) {
        guard line != nil else { throw LabFault("the serial reader is unplugged", exit: .unavailable) }
        guard case .serial(_) = player.kind.transport else {
            throw LabFault("a \(player.kind.rawValue) is no serial reader", exit: .usage)
        }
        player.play { [weak self] step in
            if case .bytes(let bytes) = step { self?.line?.write(bytes) }
        }
    }
}
