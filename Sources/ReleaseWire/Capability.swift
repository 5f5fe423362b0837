// SPDX-License-Identifier: Apache-2.0

import Primitives

/// What a later version of the protocol brought. A capability is agreed when both `hello` and `welcome` name it; what
/// is bound to it is said only then, so that each version talks to the ones before it.
package enum Capability: String, CaseIterable, Comparable, Sendable {
    /// Log-in, job list, choice, billing codes, PINs that people set themselves.
    case dialogue
    /// Custody of jobs, and releases while the server is away.
    case offline
    /// The server is told how the readers are.
    case readers
    /// Reports for a key that has the right to them.
    case reports
    /// An agent may change its key.
    case rotation

    /// In one message.
    package static let countLimit = 16
    /// Bytes of UTF-8 of one name.
    package static let nameLimit = 32

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.rawValue < rhs.rawValue }
}

extension CBORFieldReader {
    /// A version that names none has none. Names that are not known are those of a later version.
    mutating func capabilities(_ key: UInt64) throws(WireFault) -> Set<Capability> {
        guard try has(key) else { return [] }
        let names = try textList(
            key, "capabilities", countLimit: Capability.countLimit, limit: Capability.nameLimit)
        guard zip(names, names.dropFirst()).allSatisfy({ Array($0.utf8).precedes($1.utf8) }) else {
            throw .badValue(field: "capabilities")
        }
        return Set(names.compactMap(Capability.init))
    }
}

extension CBORFieldWriter {
    /// Writes no field for none: see ``fieldCount(_:)``.
    mutating func capabilities(_ key: UInt64, _ capabilities: Set<Capability>) {
        guard !capabilities.isEmpty else { return }
        textList(key, capabilities.sorted().map(\.rawValue))
    }
}

extension Set<Capability> {
    /// How many fields of a message they take.
    var fieldCount: Int { isEmpty ? 0 : 1 }
}

extension Array<UInt8> {
    fileprivate func precedes(_ other: String.UTF8View) -> Bool { lexicographicallyPrecedes(other) }
}
