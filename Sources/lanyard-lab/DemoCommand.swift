// SPDX-License-Identifier: Apache-2.0

import HostIO
import LabRuntime
import Ops

/// `lanyard-lab demo`: the whole way of a document, checked step by step.
enum DemoCommand {
    static let command = Command(
        syntax: CommandSyntax(
            "lanyard-lab demo", "Show what the product does; exit code 0 only if all of it worked.",
            options: siteOptions)
    ) { arguments throws(LabFault) in
        _ = try Programs.printClient()
        let pump = try interruptiblePump()
        let site = try Site(siteSettings(arguments), on: pump)
        do throws(LabFault) {
            var isUnwritten = false
            let story = Story(site) { if !StandardStream.output.write(line: $0) { isUnwritten = true } }
            try story.tell()
            if isUnwritten { throw .outputFailed }
        } catch {
            let isInterrupted = error == .interrupted
            try? site.stop(keepingLogs: !isInterrupted)
            if isInterrupted { throw LabFault("interrupted", exit: .unavailable) }
            throw LabFault("\(error)\nThe logs are in \(site.folders.logs).", exit: error.exit)
        }
        try site.stop(keepingLogs: false)
        return .fine
    }
}
