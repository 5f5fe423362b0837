// SPDX-License-Identifier: Apache-2.0

import Credentials
import HTTPServer
import Primitives
import ServerCore

/// One line of the API: what a method does at the paths of one pattern.
package struct Route: Sendable {
    /// What the server does for a request, once it was understood.
    enum Plan {
        case ask(AdminRequest)
        case setPIN(user: String, PIN)
        /// Only at an agent that is connected.
        case armEnrolment(EnrolmentOrder)
        case setPassword(user: String, SecretBytes)
        case status
        /// A report or a page of one, after it was recorded who sees it.
        case report(AdminRequest, subject: String)
    }

    package let method: String
    /// Parts in braces stand for one part of a path: `/api/v1/users/{name}`.
    package let pattern: String
    let success: Int
    let plan: @Sendable (inout RouteInput) throws(AdminFault) -> Plan

    init(
        _ method: String, _ pattern: String, success: Int = 200,
        _ plan: @escaping @Sendable (inout RouteInput) throws(AdminFault) -> Plan
    ) {
        self.method = method
        self.pattern = Self.root + pattern
        self.success = success
        self.plan = plan
    }

    static let root = "/api/v1"

    /// The values of the braces, or `nil` when the path is another one.
    func match(_ segments: [String]) -> [String: String]? {
        let parts = pattern.split(separator: "/")
        guard parts.count == segments.count else { return nil }
        var values: [String: String] = [:]
        for (part, segment) in zip(parts, segments) {
            if part.hasPrefix("{") {
                guard !segment.isEmpty else { return nil }
                values[String(part.dropFirst().dropLast())] = segment
            } else if part != segment {
                return nil
            }
        }
        return values
    }
}

/// What a route reads from. Whatever it leaves in body or query is refused as unknown.
struct RouteInput {
    let by: String
    private let values: [String: String]
    var body: JSONFields
    var query: QueryFields

    init(_ request: HTTPRequest, values: [String: String], by: String) throws(AdminFault) {
        self.by = by
        self.values = values
        body = try JSONFields(request.body)
        query = try QueryFields(request.query)
    }

    func name(_ parameter: String = "name") throws(AdminFault) -> String {
        try Field.name(values[parameter] ?? "", parameter)
    }

    func number(_ parameter: String = "id") throws(AdminFault) -> Int64 {
        guard let number = values[parameter].flatMap({ Int64($0) }), number > 0 else {
            throw .badField(parameter, "a whole number above 0")
        }
        return number
    }

    func expectNothingLeft() throws(AdminFault) {
        try body.expectNothingLeft()
        try query.expectNothingLeft()
    }
}
