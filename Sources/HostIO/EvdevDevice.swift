// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc
package import Primitives

/// The keys that a device says it has.
package struct KeyCapabilities: Hashable, Sendable {
    private let bits: [UInt8]

    init(bits: [UInt8]) { self.bits = bits }

    /// As `/sys/class/input/input*/capabilities/key` writes it: words of 64 bits in hex, the highest first.
    package init(sysfs text: String) {
        let words = text.split(separator: " ").map { UInt64($0, radix: 16) ?? 0 }
        bits = words.reversed().flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
    }

    package func has(_ code: Int) -> Bool {
        code >= 0 && code / 8 < bits.count && bits[code / 8] >> (code % 8) & 1 == 1
    }

    /// KEY_1 … KEY_0 and KEY_ENTER: what a badge reader that types must have, and what tells it from a lone button.
    package var canTypeNumbers: Bool { (2...11).allSatisfy(has) && has(28) }

    /// The same in either row: a bare numpad has no main block.
    package var canTypeNumbersOrPad: Bool {
        canTypeNumbers || [71, 72, 73, 75, 76, 77, 79, 80, 81, 82, 96].allSatisfy(has)
    }
}

/// How a device ended.
package enum DeviceEnd: Hashable, Sendable {
    case unplugged
    case fault(SystemFault)
}

/// An input device, read event by event.
package final class EvdevDevice {
    package static let eventsPerRead = 64
    private static let keyBytes = 96

    package let bus: UInt16
    package let vendor: UInt16
    package let product: UInt16
    package let version: UInt16
    /// Empty when the device tells none.
    package let name: String
    package let keys: KeyCapabilities

    package var onEvents: (([InputEvent]) -> Void)?
    /// Comes once; after it the device is closed. Not called after ``close()``.
    package var onEnd: ((DeviceEnd) -> Void)?

    private let loop: Loop
    private var descriptor: Descriptor?
    private var token: WatchToken?
    private var grabbing: ((SystemFault?) -> Void)?

    /// The loop keeps the device until it is closed.
    package init(_ path: String, on loop: Loop) throws(SystemFault) {
        let node = try Descriptor.open(path, flags: O_RDONLY | O_NONBLOCK)
        var id = input_id()
        try retrying("ioctl EVIOCGID") { cs_evdev_id(node.raw, &id) }
        (bus, vendor, product, version) = (id.bustype, id.vendor, id.product, id.version)
        var text = [CChar](repeating: 0, count: 256)
        let named = cs_evdev_name(node.raw, &text, text.count - 1)
        let bytes = named > 0 ? text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)) : []
        name = String(decoding: bytes, as: UTF8.self)
        var bits = [UInt8](repeating: 0, count: Self.keyBytes)
        let known = cs_evdev_key_capabilities(node.raw, &bits, bits.count)
        keys = KeyCapabilities(bits: known >= 0 ? bits : [])
        _ = cs_evdev_use_boottime(node.raw)
        self.loop = loop
        let raw = node.raw
        descriptor = consume node
        token = try loop.watch(raw, .read) { _ in self.read() }
    }

    /// Keeps the device's keys from everybody else. Waits until no key is down, since a grabbed device's key-up would
    /// never reach who saw its key-down. `done` comes later, with `nil` for success and a fault with `isBusy` when
    /// another program has grabbed it.
    package func grab(then done: @escaping (SystemFault?) -> Void) {
        grabbing = done
        loop.soon { self.tryGrab() }
    }

    package func close() {
        if let token { loop.unwatch(token) }
        token = nil
        grabbing = nil
        onEvents = nil
        onEnd = nil
        descriptor = nil
    }

    private func tryGrab() {
        guard let raw = descriptor?.raw, let done = grabbing else { return }
        var bits = [UInt8](repeating: 0, count: Self.keyBytes)
        // A key that is down now brings an event when it goes up, and that brings us here again.
        if cs_evdev_keys_down(raw, &bits, bits.count) >= 0, bits.contains(where: { $0 != 0 }) { return }
        grabbing = nil
        do throws(SystemFault) {
            try retrying("ioctl EVIOCGRAB") { cs_evdev_grab(raw, 1) }
            done(nil)
        } catch {
            done(error)
        }
    }

    private func read() {
        guard let raw = descriptor?.raw else { return }
        let size = MemoryLayout<input_event>.stride
        do throws(SystemFault) {
            let count = try attempting("read") {
                Glibc.read(raw, loop.scratch.baseAddress, size * Self.eventsPerRead)
            }
            guard let count else { return }
            if count == 0 { return end(.unplugged) }
            let events = (0..<count / size).map { index in
                let event = loop.scratch.load(fromByteOffset: index * size, as: input_event.self)
                return InputEvent(type: event.type, code: event.code, value: event.value)
            }
            loop.forget(count)
            onEvents?(events)
            tryGrab()
        } catch {
            end(error.errno == ENODEV ? .unplugged : .fault(error))
        }
    }

    private func end(_ end: DeviceEnd) {
        let told = onEnd
        close()
        told?(end)
    }
}
