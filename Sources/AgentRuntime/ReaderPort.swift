// SPDX-License-Identifier: Apache-2.0

import Credentials
import HostIO
import ReaderMachines
import SmartCards

/// The way to one reader: a node, a connection, or its place at pcscd. It opens by itself after it is made, and after
/// ``PortEvent/failed(_:)`` or ``PortEvent/lost(_:)`` only ``close()`` is called.
protocol ReaderPort: AnyObject {
    func send(_ bytes: [UInt8])
    func setFeature(_ report: [UInt8])
    func getFeature(_ report: UInt8, length: Int)
    func close()
}

extension ReaderPort {
    func send(_ bytes: [UInt8]) {}
    func setFeature(_ report: [UInt8]) {}
    func getFeature(_ report: UInt8, length: Int) {}
}

enum PortEvent {
    case opened
    case failed(ReaderPool.OpenFailure)
    case lost(String)
    case driver(ReaderDriver.Event)
    /// From a reader that needs no driver.
    case badge(Result<RawRead, ContactlessBadge.Unreadable>)
    /// Something to log; the way stays as it is.
    case remark(String)
}

typealias PortHandler = (PortEvent) -> Void

extension ReaderPool.OpenFailure {
    init(_ fault: SystemFault) {
        if fault.isMissing {
            self = .missing
        } else if fault.isBusy {
            self = .busy
        } else if fault.isRS485Missing {
            self = .noRS485
        } else {
            self = fault.isPermissionDenied ? .notPermitted : .other("\(fault)")
        }
    }
}

/// Tells what a stream of bytes brings.
func connect(
    _ stream: HostIO.Stream, to handler: @escaping PortHandler, as event: @escaping ([UInt8]) -> ReaderDriver.Event
) {
    stream.onBytes = { handler(.driver(event($0))) }
    stream.onEnd = { handler(.lost("unplugged")) }
    stream.onClosed = { fault in handler(.lost(fault.map { "\($0)" } ?? "unplugged")) }
}
