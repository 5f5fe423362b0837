// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import HostIO
import Primitives
import ReaderMachines

/// One open reader: its driver and the way to it. What the driver asks for goes to the port, whatever that is.
final class ReaderShell {
    enum Output {
        case read(RawRead)
        case key(Keypad.Action)
        case dropped(String)
        case online(String)
        case trouble(String)
    }

    /// Set before the port opens.
    var port: (any ReaderPort)?
    private let driver: MachineRunner<ReaderDriver>?
    private var hasBegun = false

    init(_ model: ReaderModel, on loop: Loop, output: @escaping (Output) -> Void) {
        guard model.kind.hasDriver else {
            driver = nil
            return
        }
        let runner = MachineRunner(ReaderDriver(kind: model.kind, options: model.options), on: loop)
        driver = runner
        runner.perform = { [unowned self, unowned runner] action in
            switch action {
            case .deliver(let read): output(.read(read))
            case .key(let key): output(.key(key))
            case .drop(let reason): output(.dropped(reason.rawValue))
            case .send(let bytes): port?.send(bytes)
            case .setFeature(let report): port?.setFeature(report)
            case .getFeature(let report, let length): port?.getFeature(report, length: length)
            case .needRandom(let count): runner.feed(.random(randomBytes(count)))
            case .online(let text): output(.online(text))
            case .trouble(let text): output(.trouble(text))
            }
        }
    }

    /// The way is open.
    func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        driver?.feed(.opened)
    }

    /// What a reader types while it is still being grabbed is the beginning of a read, without which its end would be a
    /// wrong one.
    func feed(_ event: ReaderDriver.Event) {
        begin()
        driver?.feed(event)
    }

    func close() {
        driver?.feed(.closed)
        driver?.stop()
        port?.close()
        port = nil
    }
}

/// What became of one reader's reads since the agent started.
struct ReaderRecord {
    var reads = 0
    /// By reason.
    var drops: [String: Int] = [:]
    /// Kind and length of the last read; never what it said.
    var last: (what: String, at: MonotonicTime)?
    /// What the reader said of itself.
    var about: String?
    var trouble: String?
    /// What is in the way.
    var obstacle: Obstacle?
}
