// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The words of a command line. The kernel hands over bytes; Swift's own arguments replace what is no UTF-8, and what
/// was typed would be stored as something else.
package enum CommandWords {
    /// What follows the program's name.
    package static func read() throws(UsageFault) -> [String] {
        let words = (1..<max(1, Int(CommandLine.argc))).compactMap { index in
            CommandLine.unsafeArgv[index].map { start in
                UnsafeRawBufferPointer(start: start, count: strlen(start)).map { $0 }
            }
        }
        return try text(of: words)
    }

    package static func text(of words: [[UInt8]]) throws(UsageFault) -> [String] {
        var texts: [String] = []
        for (index, word) in words.enumerated() {
            guard let text = String(validating: word, as: UTF8.self) else {
                let shown = String(decoding: word, as: UTF8.self).debugDescription
                throw UsageFault("argument \(index + 1) is not UTF-8 text: \(shown)")
            }
            texts.append(text)
        }
        return texts
    }
}
