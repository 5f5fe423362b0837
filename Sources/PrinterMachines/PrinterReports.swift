// SPDX-License-Identifier: Apache-2.0

/// What a printer reports unasked (USTATUS), cut out of its byte stream.
enum PrinterReport: Equatable, Sendable {
    case jobStarted(name: String)
    case jobEnded(name: String, pages: Int?)
    case page(Int)
    case device
}

/// Reads PJL status blocks: lines that end in CR LF, a form feed after each block.
struct PrinterReports: Sendable {
    private static let lineLimit = 256
    private static let blockLimit = 32

    private var line: [UInt8] = []
    private var block: [String] = []

    mutating func take(_ bytes: [UInt8]) -> [PrinterReport] {
        bytes.compactMap { byte in
            switch byte {
            case UInt8(ascii: "\r"): return nil
            case UInt8(ascii: "\n"):
                endLine()
                return nil
            case 0x0C:
                endLine()
                defer { block = [] }
                return report
            default:
                if line.count < Self.lineLimit { line.append(byte) }
                return nil
            }
        }
    }

    private mutating func endLine() {
        if !line.isEmpty, block.count < Self.blockLimit { block.append(String(decoding: line, as: UTF8.self)) }
        line = []
    }

    private var report: PrinterReport? {
        switch block.first {
        case "@PJL USTATUS JOB": jobReport
        case "@PJL USTATUS PAGE": block.dropFirst().first.flatMap { Int($0) }.map { .page($0) }
        case "@PJL USTATUS DEVICE": .device
        default: nil
        }
    }

    private var jobReport: PrinterReport? {
        guard let name = value(of: "NAME")?.trimmingQuotes else { return nil }
        switch block.dropFirst().first {
        case "START": return .jobStarted(name: name)
        case "END", "CANCEL", "CANCELED": return .jobEnded(name: name, pages: value(of: "PAGES").flatMap { Int($0) })
        default: return nil
        }
    }

    private func value(of key: String) -> Substring? {
        block.first { $0.hasPrefix(key + "=") }?.dropFirst(key.count + 1)
    }
}

extension Substring {
    fileprivate var trimmingQuotes: String {
        hasPrefix("\"") && hasSuffix("\"") && count > 1 ? String(dropFirst().dropLast()) : String(self)
    }
}
