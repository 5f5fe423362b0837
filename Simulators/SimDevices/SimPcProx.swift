// SPDX-License-Identifier: Apache-2.0

package import Primitives

/// An rf IDEAS pcProx seen through its feature reports.
package struct SimPcProx: Machine {
    package enum Fault: Hashable, Sendable {
        /// Feature reports fail.
        case deaf
        /// The badge leaves after the next 8F.
        case leavesMidRead
        /// Page 0 does not take what is written.
        case stubborn
    }

    package enum Event: Sendable {
        /// With the report's number in front.
        case setFeature([UInt8])
        case getFeature(report: UInt8, length: Int)
        /// A whole frame, the parity bits with it.
        case present(UInt64, bitCount: Int)
        case remove
        case fault(Fault?)
    }

    package enum Action: Equatable, Sendable {
        case feature([UInt8]?)
        case lamps(red: Bool, green: Bool, beeper: Bool)
    }

    package private(set) var pages: [UInt8: [UInt8]] = [
        0x80: [3, 5, 0x11, 16, 26, 0, 0x28, 0x00],
        0x81: [0, 12, 20, 20, 1, 1, 0, 0],
        0x82: [0, 0x10, 0, 0, 0, 0, 0, 0],
    ]
    /// Pages burnt into its memory; nobody should.
    package private(set) var burnt: UInt8 = 0
    private var selected: UInt8 = 0
    private var isWriting = false
    private var badge: (frame: UInt64, bitCount: Int)?
    private var counted = 0
    private var fault: Fault?

    package init() {}

    package var isTyping: Bool { (pages[0x80]?[7] ?? 0) & 0x80 == 0 }
    package var deadline: MonotonicTime? { nil }
    package mutating func tick(at now: MonotonicTime) -> [Action] { [] }

    package mutating func handle(_ event: Event, at now: MonotonicTime) -> [Action] {
        switch event {
        case .present(let frame, let bitCount): badge = (frame, bitCount)
        case .remove: badge = nil
        case .fault(let fault): self.fault = fault
        case .setFeature(let report): return set(Array(report.dropFirst()))
        case .getFeature(let report, let length):
            guard fault != .deaf, report == 0, length == 9 else { return [.feature(nil)] }
            return [.feature([0] + answer())]
        }
        return []
    }

    private mutating func set(_ bytes: [UInt8]) -> [Action] {
        // A page was chosen and not read: what comes now is its new content, unless it looks like a command.
        if isWriting, bytes.dropFirst().contains(where: { $0 != 0 }) || bytes[0] < 0x80, bytes[0] != 0x90 {
            isWriting = false
            if fault == .stubborn, selected == 0x80 { return [] }
            pages[selected] = bytes
            guard selected == 0x82 else { return [] }
            return [
                .lamps(red: bytes[0] & 1 != 0, green: bytes[0] & 2 != 0, beeper: bytes[0] & 4 != 0)
            ]
        }
        selected = bytes[0]
        isWriting = pages[selected] != nil
        if selected == 0x90 { burnt |= bytes[1] }
        return []
    }

    private mutating func answer() -> [UInt8] {
        isWriting = false
        if let page = pages[selected] { return page }
        switch selected {
        case 0x8A: return [0, 0, 0x30, 0x07, 0, 0x01, 0x00, 0]
        case 0x8F:
            guard let badge, let strip = pages[0x80]?[2] else {
                counted = 0
                return Array(repeating: 0, count: 8)
            }
            let (lead, trail) = (Int(strip & 0xF), Int(strip >> 4))
            counted = badge.bitCount - lead - trail
            let data = badge.frame >> UInt64(trail) & (counted < 64 ? 1 << UInt64(counted) - 1 : .max)
            if fault == .leavesMidRead {
                counted = 0
                fault = nil
            }
            return data.bigEndianBytes.reversed()
        case 0x8E: return [UInt8(counted), UInt8(counted), 0, 0, 0, 0, 0, 0]
        default: return Array(repeating: 0, count: 8)
        }
    }
}
