// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// A pair of terminal ends in raw mode: a serial line without a wire, for tests and the lab.
package struct Pty: ~Copyable {
    /// Non-blocking. Closing it is, to whoever has the slave open, like unplugging the line.
    package let master: Descriptor
    package let slavePath: String

    private init(master: consuming Descriptor, slavePath: String) {
        self.master = master
        self.slavePath = slavePath
    }

    package static func open() throws(SystemFault) -> Pty {
        let master = Descriptor(owning: CInt(try retrying("posix_openpt") { cs_pty_master() }))
        let path = try prepareSlave(of: master.raw)
        return Pty(master: master, slavePath: path)
    }

    package consuming func takeMaster() -> Descriptor { master }

    private static func prepareSlave(of master: CInt) throws(SystemFault) -> String {
        var name = [CChar](repeating: 0, count: 128)
        try retrying("ptsname") { cs_pty_slave_name(master, &name, name.count) }
        let path = String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let slave = try Descriptor.open(path, flags: O_RDWR | O_NOCTTY)
        var settings = termios()
        try retrying("tcgetattr") { tcgetattr(slave.raw, &settings) }
        cfmakeraw(&settings)
        try retrying("tcsetattr") { tcsetattr(slave.raw, TCSANOW, &settings) }
        return path
    }
}
