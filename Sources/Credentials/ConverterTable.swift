// SPDX-License-Identifier: Apache-2.0

/// A reader by its full name. Readers of different agents may be called the same.
package struct ReaderName: Hashable, Sendable {
    package let agent: String
    package let reader: String

    package init(agent: String, reader: String) {
        self.agent = agent
        self.reader = reader
    }
}

/// Which converter a read goes through. Readers of different models give different numbers for one badge, so a reader
/// may have a converter of its own: by its name at one agent, else by its name at every agent, else the site's.
package struct ConverterTable: Sendable {
    /// Readers with a converter of their own.
    package static let readerLimit = 1024

    private let site: Converter?
    private let readers: [String: Converter?]

    /// - Parameter readers: by `READER` or `AGENT/READER`; `nil` for a reader whose reads are not converted.
    package init(site: Converter? = nil, readers: [String: Converter?] = [:]) {
        precondition(readers.count <= Self.readerLimit, "the settings hold the limit")
        self.site = site
        self.readers = readers
    }

    /// Whoever does not say where the badge was read means any reader of the site.
    package func converter(for name: ReaderName?) -> Converter? {
        guard let name, !readers.isEmpty else { return site }
        if let exact = readers["\(name.agent)/\(name.reader)"] { return exact }
        // What a reader is called is up to its agent; it must not look like another agent's reader.
        guard !name.reader.contains("/"), let named = readers[name.reader] else { return site }
        return named
    }

    /// The same read is the same badge at each of these readers.
    package func areAlike(_ names: [ReaderName]) -> Bool { Set(names.map { converter(for: $0) }).count <= 1 }
}
