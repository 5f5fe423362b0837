// SPDX-License-Identifier: Apache-2.0

import Glibc
import LabRuntime
import Ops

/// What every command that starts a site takes.
let siteOptions: [Option] = [
    .value("--bin", "DIR", "Where the programs are; default: beside this one."),
    .value("--documents", "DIR", "The sample documents; default: those of the source tree, or installed ones."),
]

func siteSettings(_ arguments: Arguments) throws(LabFault) -> SiteSettings {
    let programs = try Programs(folder: try arguments.value("--bin").map(absolute))
    return SiteSettings(programs: programs, documents: try programs.documents(arguments.value("--documents")))
}

/// Children may be started elsewhere, so no path stays relative.
func absolute(_ path: String) throws(LabFault) -> String {
    if path.hasPrefix("/") { return path }
    guard let here = getcwd(nil, 0) else { throw LabFault("the working folder is gone", exit: .cannotWrite) }
    defer { free(here) }
    return "\(String(cString: here))/\(path)"
}
