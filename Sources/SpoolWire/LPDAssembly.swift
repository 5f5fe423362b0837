// SPDX-License-Identifier: Apache-2.0

import PrintFormats

/// The files of one connection that do not make a job yet. Control and data files come in either order, and a control
/// file does not always name its data file rightly, so files are joined by name first and then by number.
struct LPDAssembly: Sendable {
    struct DataFile: Hashable, Sendable {
        let index: Int
        let name: String
        let byteCount: Int
    }

    struct ControlFile: Hashable, Sendable {
        let name: String
        let facts: LPDControlFile
    }

    private(set) var controlFiles: [ControlFile] = []
    private(set) var dataFiles: [DataFile] = []

    var isEmpty: Bool { controlFiles.isEmpty && dataFiles.isEmpty }

    mutating func add(_ file: ControlFile) { controlFiles.append(file) }

    mutating func add(_ file: DataFile) { dataFiles.append(file) }

    /// Forgets everything; the indices of the documents to throw away.
    mutating func clear() -> [Int] {
        defer { self = LPDAssembly() }
        return dataFiles.map(\.index)
    }

    /// The job that the latest file completed, if it did.
    mutating func takeJob(for queue: LPDQueue) -> LPDJob? {
        for (position, control) in controlFiles.enumerated() {
            guard let files = files(of: control.facts) else { continue }
            controlFiles.remove(at: position)
            dataFiles.removeAll { files.contains($0) }
            return Self.job(control, files, queue)
        }
        return nil
    }

    /// By name; and when a single control file names as many files as are here, the others in the order they came,
    /// because some clients number the two kinds of file differently or write no print line at all.
    private func files(of facts: LPDControlFile) -> [DataFile]? {
        var left = dataFiles
        var named: [DataFile?] = facts.documents.map { document in
            left.firstIndex { $0.name == document.dataFile }.map { left.remove(at: $0) }
        }
        if named.isEmpty { named = [nil] }
        if named.contains(nil) {
            guard controlFiles.count == 1, dataFiles.count == named.count else { return nil }
            named = named.map { $0 ?? left.removeFirst() }
        }
        return named.compactMap { $0 }
    }

    private static func job(_ control: ControlFile, _ files: [DataFile], _ queue: LPDQueue) -> LPDJob {
        let lines: [LPDControlFile.Document?] = control.facts.documents.isEmpty ? [nil] : control.facts.documents
        let documents = zip(files, lines).map { file, line in
            LPDJob.Document(
                index: file.index, name: file.name, byteCount: file.byteCount, copies: line?.copies ?? 1,
                letter: line?.letter)
        }
        return LPDJob(
            queue: queue, controlFileName: control.name, controlFile: control.facts, documents: documents)
    }
}
