// SPDX-License-Identifier: Apache-2.0

import Primitives

/// Reads the structuring comments of a PostScript document (Adobe 5001, DSC 3.0) in pieces of any cut.
///
/// A page count is believed when the document is DSC-conforming and its claim (`%%Pages:`, also at the end) and its
/// `%%Page:` comments agree; mono is believed when it says that black is its only colour. Anything else is unknown:
/// without an interpreter nothing can be said. Copies that PostScript code asks for are not looked at.
package struct DSCWalker: Sendable {
    /// Octets of a line that are looked at; DSC allows 255.
    package static let lineLimit = 1024
    /// Documents within documents. Beyond it the count is unknown.
    package static let depthLimit = 100
    package static let pageLimit = 1_000_000
    package static let textLimit = 255

    package struct Result: Hashable, Sendable {
        package let walk: PageWalk
        package let title: String?
        /// The person the document was made for (`%%For:`), unproven.
        package let owner: String?

        package init(walk: PageWalk, title: String?, owner: String?) {
            self.walk = walk
            self.title = title
            self.owner = owner
        }
    }

    private enum State: Sendable {
        case line
        /// Inside `%%BeginBinary` or `%%BeginData` of so many octets.
        case skippingBytes(left: Int)
    }

    private enum Claim: Hashable, Sendable { case none, atEnd, value(Int), conflict }
    private enum Colors: Hashable, Sendable { case atEnd, names(Set<String>) }

    private enum ColorKey: String, Sendable {
        case process = "DocumentProcessColors"
        case custom = "DocumentCustomColors"
    }

    private var state = State.line
    private var line: [UInt8] = []
    private var lastWasReturn = false
    private var skipLines = 0
    private var isFirstLine = true
    private var isConforming = false
    private var depth = 0
    private var isBroken = false
    private var claim = Claim.none
    private var counted = 0
    private var colors: [ColorKey: Colors] = [:]
    /// What a `%%+` line goes on with.
    private var continued: ColorKey?
    private var title: String?
    private var owner: String?

    package init() {}

    package mutating func feed(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while let byte = rest.first {
            let isLineFeedOfReturn = lastWasReturn && byte == UInt8(ascii: "\n")
            lastWasReturn = false
            if isLineFeedOfReturn {
                rest = rest.dropFirst()
                continue
            }
            if case .skippingBytes(let left) = state {
                let count = min(left, rest.count)
                rest = rest.dropFirst(count)
                state = left > count ? .skippingBytes(left: left - count) : .line
                continue
            }
            rest = readLine(rest)
        }
    }

    package mutating func finish() -> Result {
        if !line.isEmpty { endLine() }
        if case .skippingBytes = state { isBroken = true }
        let isTrusted = isConforming && !isBroken && depth == 0 && skipLines == 0
        let pages = isTrusted && counted > 0 && claim == .value(counted) ? counted : nil
        let custom = colors[.custom] ?? .names([])
        let isMono = isTrusted && colors[.process] == .names(["Black"]) && custom == .names([])
        return Result(
            walk: PageWalk(pages: pages, colorPages: isMono ? 0 : nil), title: title, owner: owner)
    }

    private mutating func readLine(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let end = bytes.firstIndex { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") }
        line += bytes[..<(end ?? bytes.endIndex)].prefix(Self.lineLimit - line.count)
        guard let end else { return [] }
        lastWasReturn = bytes[end] == UInt8(ascii: "\r")
        endLine()
        return bytes[(end + 1)...]
    }

    private mutating func endLine() {
        defer { line.removeAll(keepingCapacity: true) }
        guard skipLines == 0 else {
            skipLines -= 1
            return
        }
        if isFirstLine {
            isFirstLine = false
            // Some spoolers leave a Ctrl-D or a PJL language switch in front.
            isConforming = line.drop { $0 != UInt8(ascii: "%") }.starts(with: "%!PS-Adobe-".utf8)
        }
        guard line.starts(with: "%%".utf8) else {
            if !line.isEmpty { continued = nil }
            return
        }
        let text = line.dropFirst(2)
        let key = text.prefix { $0 != UInt8(ascii: ":") && $0 != UInt8(ascii: " ") }
        var value = text.dropFirst(key.count)
        if value.first == UInt8(ascii: ":") { value = value.dropFirst() }
        comment(String(decoding: key, as: UTF8.self), value.drop { $0 == UInt8(ascii: " ") || $0 == 9 })
    }

    private mutating func comment(_ key: String, _ value: ArraySlice<UInt8>) {
        switch key {
        case "BeginDocument": depth += 1
        case "EndDocument": depth -= 1
        case "BeginBinary", "BeginData": skip(key, Self.words(value))
        case _ where depth > 0: break
        case "Page": counted += 1
        case "Pages": pagesClaim(Self.words(value).first ?? "")
        case "Title": title = title ?? Self.text(value)
        case "For": owner = owner ?? Self.text(value)
        case "+": if let continued { add(continued, value) }
        default: if let key = ColorKey(rawValue: key) { begin(key, value) }
        }
        if key != "+" { continued = ColorKey(rawValue: key) }
        if depth < 0 || depth > Self.depthLimit || counted > Self.pageLimit { isBroken = true }
    }

    private mutating func skip(_ key: String, _ words: [String]) {
        guard let count = words.first.flatMap({ Int($0) }), count >= 0 else {
            isBroken = true
            return
        }
        if key == "BeginData", words.count > 2, words[2] == "Lines" {
            skipLines = count
        } else if count > 0 {
            state = .skippingBytes(left: count)
        }
    }

    private mutating func pagesClaim(_ word: String) {
        if word == "(atend)" {
            if claim == .none { claim = .atEnd }
            return
        }
        guard let count = Int(word), count >= 0 else {
            claim = .conflict
            return
        }
        switch claim {
        case .none, .atEnd: claim = .value(count)
        case .value(let known) where known == count: break
        case .value, .conflict: claim = .conflict
        }
    }

    private mutating func begin(_ key: ColorKey, _ value: ArraySlice<UInt8>) {
        if Self.words(value) == ["(atend)"] {
            colors[key] = colors[key] ?? .atEnd
        } else {
            add(key, value)
        }
    }

    private mutating func add(_ key: ColorKey, _ value: ArraySlice<UInt8>) {
        var names = Set(Self.words(value))
        if case .names(let known) = colors[key] { names.formUnion(known) }
        // Two names are as good as many: not black alone.
        colors[key] = .names(Set(names.sorted().prefix(2)))
    }

    private static func words(_ value: ArraySlice<UInt8>) -> [String] {
        value.split { $0 == UInt8(ascii: " ") || $0 == 9 }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// A text argument, with or without the parentheses of a PostScript string.
    private static func text(_ value: ArraySlice<UInt8>) -> String? {
        var bytes = value
        if bytes.first == UInt8(ascii: "("), bytes.last == UInt8(ascii: ")") { bytes = bytes.dropFirst().dropLast() }
        let text = String(foreignText: bytes, limit: textLimit)
        return text.isEmpty || text == "(atend)" || text == "atend" ? nil : text
    }
}
