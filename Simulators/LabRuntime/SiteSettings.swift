// SPDX-License-Identifier: Apache-2.0

/// A person of a lab.
package struct LabUser: Hashable, Sendable {
    package let name: String
    package let department: String
    /// The number printed on it.
    package let badge: String?
    package let pin: String?
    /// What they type at a keypad; it goes with a PIN.
    package let number: String?

    package init(name: String, department: String, badge: String?, pin: String? = nil, number: String? = nil) {
        self.name = name
        self.department = department
        self.badge = badge
        self.pin = pin
        self.number = number
    }

    package var json: JSONValue {
        [
            "name": .string(name), "department": .string(department), "badge": JSONValue(badge),
            "pin": JSONValue(pin), "number": JSONValue(number),
        ]
    }
}

/// How a lab is set up.
package struct SiteSettings: Sendable {
    package enum Ports: Hashable, Sendable {
        /// Whatever is free.
        case automatic
        /// The default ports, moved up by so many.
        case offset(UInt16)
    }

    package var programs: Programs
    package var documents: SampleDocuments
    /// Where everything is released to; `nil` for a simulated printer of the lab's own.
    package var printerURI: String?
    /// Kept at the end; `nil` for a temporary one.
    package var state: String?
    package var ports = Ports.automatic
    /// The server's setting of this name.
    package var offline = "deny"
    /// The server's setting of this name.
    package var secondFactor = "if-set"
    /// Where the simulated printer puts the documents that it gets; `nil` for nowhere.
    package var capture: String?
    /// The last one has no badge.
    package var users = Self.standardUsers

    package static let queue = "hold"
    package static let agent = "copier-1"
    package static let printer = "copier-1"

    package static let standardUsers = [
        LabUser(name: "ana", department: "Arts", badge: "0006547886"),
        LabUser(name: "ben", department: "Science", badge: "0011223344", pin: "4711", number: "1002"),
        LabUser(name: "cleo", department: "Arts", badge: "0029384756"),
        LabUser(name: "dora", department: "Science", badge: nil),
    ]

    package init(programs: Programs, documents: SampleDocuments) {
        self.programs = programs
        self.documents = documents
    }

    func port(_ standard: UInt16) -> UInt16 {
        switch ports {
        case .automatic: 0
        case .offset(let offset): standard &+ offset
        }
    }
}
