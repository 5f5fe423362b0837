// SPDX-License-Identifier: Apache-2.0

import Primitives

/// The bytes of a published vector.
func hex(_ text: String) -> [UInt8] { Hexadecimal.bytes(of: text.filter { !$0.isWhitespace }.utf8)! }

/// Bytes that look random and are the same in every run.
func pattern(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 33)
    }
}
