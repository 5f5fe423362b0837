// SPDX-License-Identifier: Apache-2.0

package import PrintFormats

/// The queue operand of an LPD command, taken apart.
package struct LPDQueue: Hashable, Sendable {
    package let name: String
    /// What follows `+` (`queue+account`), as some clients name who pays.
    package let account: String?
    /// What follows `/` (`queue/instance`), a set of options at the client.
    package let instance: String?

    package init(name: String, account: String? = nil, instance: String? = nil) {
        self.name = name
        self.account = account
        self.instance = instance
    }

    /// A name that is served as it stands is never split. Nil when `known` is given and holds no such queue.
    init?(_ operand: String, known: Set<String>?) {
        if let known, known.contains(operand) {
            self.init(name: operand)
            return
        }
        let parts = operand.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == "+" || $0 == "/" }
        let (name, rest) = (String(parts[0]), parts.count > 1 ? String(parts[1]) : nil)
        guard !name.isEmpty, known?.contains(name) ?? true else { return nil }
        let isAccount = operand.dropFirst(name.count).first == "+"
        self.init(name: name, account: isAccount ? rest : nil, instance: isAccount ? nil : rest)
    }
}

/// One job as an LPD client sent it: complete, every byte handed to the shell, not yet acknowledged.
package struct LPDJob: Hashable, Sendable {
    package struct Document: Hashable, Sendable {
        /// The index of its `beginDocument`, unique on this connection.
        package let index: Int
        package let name: String
        package let byteCount: Int
        package let copies: Int
        /// The print letter (`f`, `l`, `o` …); nil when the control file has no line for it.
        package let letter: Character?

        package init(index: Int, name: String, byteCount: Int, copies: Int, letter: Character?) {
            self.index = index
            self.name = name
            self.byteCount = byteCount
            self.copies = copies
            self.letter = letter
        }
    }

    package let queue: LPDQueue
    /// As the client named it, for example `cfA123host`.
    package let controlFileName: String
    package let controlFile: LPDControlFile
    /// In printing order.
    package let documents: [Document]

    package init(
        queue: LPDQueue, controlFileName: String, controlFile: LPDControlFile, documents: [Document]
    ) {
        self.queue = queue
        self.controlFileName = controlFileName
        self.controlFile = controlFile
        self.documents = documents
    }

    /// Claimed by the client, not proven.
    package var user: String? { controlFile.user }
    /// Claimed by the client, not proven.
    package var host: String? { controlFile.host }
    package var jobName: String? { controlFile.jobName }
    package var title: String? { controlFile.title }
    package var sourceNames: [String] { controlFile.sourceNames }
    package var copies: Int { documents.map(\.copies).max() ?? 1 }
    package var byteCount: Int { documents.reduce(0) { $0 + $1.byteCount } }

    /// The client's own job number, the digits of `cfA123host`; with host and size it tells a resent job.
    package var jobNumber: Int? {
        let digits = controlFileName.dropFirst(3).prefix { ("0"..."9").contains($0) }.prefix(6)
        return controlFileName.hasPrefix("cf") ? Int(digits) : nil
    }
}
