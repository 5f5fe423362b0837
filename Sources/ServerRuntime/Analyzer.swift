// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostIO
import Ops
import PrintFormats
import PrintModel
import Primitives

/// Runs `lanyard-analyze` for one document: a process without network, files or privileges that gets the document as
/// a sealed memory descriptor and answers with one report.
final class Analyzer {
    /// The process limits its own CPU time; this bounds a process that sleeps.
    static let wallLimit = Duration.seconds(30)
    /// Larger documents are not copied into memory for counting: their pages stay unknown until they are printed.
    static let sizeLimit = 256 << 20

    typealias Finding = (kind: String, count: PageCount?, failure: String?)

    private let program: String
    private let loop: Loop
    private var running: [Int32: (child: Child, timer: TimerToken)] = [:]

    /// - Parameter program: empty for `lanyard-analyze` beside this program.
    init(program: String, on loop: Loop) {
        self.program = Self.path(program)
        self.loop = loop
    }

    func analyse(_ memory: consuming SealedMemory, then done: @escaping (Finding) -> Void) {
        do throws(SystemFault) {
            var process: Int32?
            let child = try Child(
                ChildSettings(
                    path: program, environment: ["SWIFT_BACKTRACE": "enable=no"],
                    descriptors: [1: .collect(limit: AnalysisReport.sizeLimit), 3: .use(memory.descriptor.raw)]),
                on: loop
            ) { [weak self] result in
                if let process { self?.forget(process) }
                done(Self.finding(result))
            }
            process = child.process
            running[child.process] = (child, loop.schedule(after: Self.wallLimit) { child.kill(SIGKILL) })
            // The child's copy is made; ours must not close before.
            _ = memory.descriptor.raw
        } catch {
            loop.soon { done(("", nil, "\(error)")) }
        }
    }

    deinit { stop() }

    /// Ends what still runs; its findings do not come any more.
    func stop() {
        for (child, timer) in running.values {
            loop.cancel(timer)
            child.end()
        }
        running = [:]
    }

    private func forget(_ process: Int32) {
        if let (_, timer) = running.removeValue(forKey: process) { loop.cancel(timer) }
    }

    private static func finding(_ result: ChildResult) -> Finding {
        guard result.status == .exited(0) else { return ("", nil, "\(result.status)") }
        do throws(WireFault) {
            let report = try AnalysisReport(parsing: result.output[1] ?? [])
            let count = PageCount(
                pages: report.walk.pages, colorPages: report.walk.colorPages, copies: report.copies)
            return (report.kind.rawValue, count, nil)
        } catch {
            return ("", nil, "the report is damaged: \(error)")
        }
    }

    /// What keeps pages from being counted, if anything does: a server that cannot count still holds and releases.
    /// - Parameter program: as above.
    static func obstacle(_ program: String) -> OperatorError? {
        let path = path(program)
        guard access(path, X_OK) != 0 else { return nil }
        return OperatorError(
            .settingsInvalid, "\(path) cannot be run, so no pages are counted before they are printed",
            remedy: program.isEmpty ? "Install it there, or set analyzer." : "Correct the setting analyzer.",
            cause: SystemFault(call: "access", errno: errno))
    }

    private static func path(_ program: String) -> String { program.isEmpty ? sibling : program }

    private static var sibling: String {
        var buffer = [CChar](repeating: 0, count: 4096)
        let length = readlink("/proc/self/exe", &buffer, buffer.count)
        let path = String(decoding: buffer.prefix(max(0, length)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/lanyard-analyze"
    }
}
