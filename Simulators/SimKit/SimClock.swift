// SPDX-License-Identifier: Apache-2.0

import Primitives

/// The wall clock of one machine: it is not quite right, and now and then somebody or something sets it.
final class SimClock {
    private let world: World
    private var offset: Int64

    init(_ world: World, offBy milliseconds: Int64) {
        self.world = world
        offset = milliseconds
    }

    var wall: WallTime { WallTime(milliseconds: world.wall.milliseconds + offset) }

    func jump(by milliseconds: Int64) { offset += milliseconds }

    func putRight() { offset = 0 }
}
