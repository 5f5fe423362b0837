// SPDX-License-Identifier: Apache-2.0

import PrintModel
import Primitives
import ReleaseWire

extension Samples {
    static var front: ReaderStatus {
        var reader = ReaderStatus(name: "front", kind: "osdp", state: .attached)
        reader.model = "RP40"
        reader.place = "/dev/lanyard/usb-1.2"
        reader.security = .secure
        reader.reads = 17
        reader.drops = [
            ReaderStatus.Drop(reason: "bad-check", count: 2), ReaderStatus.Drop(reason: "unexpected", count: 1),
        ]
        reader.since = .seconds(60)
        reader.lastRead = ReaderStatus.LastRead(what: "proximity, 26 bits", age: .milliseconds(1500))
        return reader
    }

    static var desk: ReaderStatus {
        var reader = ReaderStatus(name: "desk", kind: "id12", state: .blocked)
        reader.place = "/dev/ttyUSB0"
        reader.isTampered = true
        reader.obstacle = "/dev/ttyUSB0 is in use by brltty (process 41). Remove the package brltty, or mask its rules."
        return reader
    }

    /// In the order of the specification's examples.
    static let readers = [
        Frame(.request(.readers([front, desk])), correlation: 12),
        Frame(.reply(.readersNoted, hasMore: false), correlation: 12),
    ]
}
