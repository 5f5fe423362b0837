// SPDX-License-Identifier: Apache-2.0

import HostIO
package import Ops
package import ReaderMachines

/// The quirk files of this box.
package enum QuirkFolder {
    /// All `*.conf` in these folders, each folder in the order of the names. A folder that is not there is empty.
    /// - Parameter onFault: a file that cannot be used is told of and left out.
    package static func load(_ folders: [String], onFault: (OperatorError) -> Void) -> ReaderQuirks {
        var quirks = ReaderQuirks()
        for folder in folders {
            let names = (try? Folder.names(in: folder)) ?? []
            for name in names where name.hasSuffix(".conf") {
                let path = folder + "/" + name
                do {
                    let bytes = try DurableFile.read(path, limit: ReaderQuirks.sizeLimit)
                    quirks.add(try ReaderQuirks(parsing: String(decoding: bytes, as: UTF8.self), file: path))
                } catch let fault as ReaderQuirks.Fault {
                    onFault(
                        OperatorError(.settingsInvalid, "\(fault)", remedy: "Correct that line; the file is left out."))
                } catch {
                    onFault(
                        OperatorError(
                            .settingsUnreadable, "the quirk file \(path) cannot be read: \(error)",
                            remedy: "May this user read it? The file is left out."))
                }
            }
        }
        return quirks
    }
}
