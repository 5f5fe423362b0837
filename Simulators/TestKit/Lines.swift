// SPDX-License-Identifier: Apache-2.0

package import Ops

/// A log that is looked at.
package final class Lines {
    package let observer: Observer
    private let lines: Box<[String]>

    package init() {
        let lines = Box<[String]>([])
        self.lines = lines
        observer = Observer(threshold: .debug) { lines.value.append($0) }
    }

    package var all: [String] { lines.value }

    package func has(_ part: String) -> Bool { all.contains { $0.contains(part) } }
}
