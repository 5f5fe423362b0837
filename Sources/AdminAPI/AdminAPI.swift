// SPDX-License-Identifier: Apache-2.0

import AdminModel
import Credentials
package import HTTPServer
import Primitives
import ServerCore

/// `/api/v1`: JSON over HTTP for the administrator. Checks who asks, understands what, has it done and tells.
package final class AdminAPI {
    /// Bytes of the longest request: a file of users.
    package static let bodyLimit = UserImportLimits.bodyBytes

    private let access: AdminAccess
    private let services: AdminServices

    package init(access: AdminAccess, services: AdminServices) {
        self.access = access
        self.services = services
    }

    /// An ``HTTPServer/HTTPServer/Handler``.
    package func handle(_ request: HTTPRequest, _ respond: @escaping (HTTPResponse) -> Void) {
        do throws(AdminFault) {
            let by = try access.admit(request.peer)
            let (route, values) = try Self.find(request)
            var input = try RouteInput(request, values: values, by: by)
            let plan = try route.plan(&input)
            try input.expectNothingLeft()
            perform(plan, by: by) { result in
                respond(Self.response(result, success: route.success))
            }
        } catch {
            respond(Self.response(.failure(error), success: 200))
        }
    }

    private static func find(_ request: HTTPRequest) throws(AdminFault) -> (Route, values: [String: String]) {
        let segments = request.pathSegments ?? []
        let matches = Routes.all.compactMap { route in route.match(segments).map { (route, values: $0) } }
        if let match = matches.first(where: { $0.0.method == request.method }) { return match }
        guard matches.isEmpty else {
            throw .wrongMethod(request.method, allowed: matches.map(\.0.method).sorted())
        }
        throw AdminFault(404, "unknown-route", "There is nothing at \(request.path.displaySafe(limit: 128)).")
    }

    private typealias Done = (Result<AdminDocument, AdminFault>) -> Void

    private func perform(_ plan: Route.Plan, by: String, _ done: @escaping Done) {
        switch plan {
        case .ask(let request):
            ask(request, by: by, done)
        case .setPIN(let user, let pin):
            services.hashPIN(pin.digits) { hash in
                guard let hash else { return done(.failure(AdminFault(StoreFailure.busy))) }
                self.ask(.setPIN(user: user, hash), by: by, done)
            }
        case .report(let request, let subject):
            services.administer(.noteReport(subject), by) { reply in
                guard reply == .done else { return done(.failure(AdminDocument.fault(of: reply))) }
                self.ask(request, by: by, done)
            }
        case .setPassword(let user, let password):
            services.hashPIN(password) { hash in
                guard let hash else { return done(.failure(AdminFault(StoreFailure.busy))) }
                self.ask(.setPassword(user: user, hash), by: by, done)
            }
        case .armEnrolment(let order):
            guard services.connectedAgents().contains(order.agent) else {
                // The store tells whether there is such an agent at all.
                services.administer(.listReaders(agent: order.agent), by) { reply in
                    guard case .readers = reply else { return done(.failure(AdminDocument.fault(of: reply))) }
                    done(.failure(AdminFault(409, "conflict", "agent \(order.agent) is not connected")))
                }
                return
            }
            ask(.armEnrolment(order), by: by, done)
        case .status:
            services.administer(.countState, by) { counts in
                self.services.administer(.listAgents, by) { agents in
                    self.services.administer(.listReaders(agent: nil), by) { readers in
                        done(self.status(counts, agents, readers))
                    }
                }
            }
        }
    }

    private func ask(_ request: AdminRequest, by: String, _ done: @escaping Done) {
        services.administer(request, by) { reply in
            done(AdminDocument.make(reply, connected: self.services.connectedAgents))
        }
    }

    private func status(
        _ counts: AdminReply, _ agents: AdminReply, _ readers: AdminReply
    ) -> Result<AdminDocument, AdminFault> {
        guard case .state(let counts) = counts else { return .failure(AdminDocument.fault(of: counts)) }
        guard case .agents(let agents) = agents else { return .failure(AdminDocument.fault(of: agents)) }
        guard case .readers(let readers) = readers else { return .failure(AdminDocument.fault(of: readers)) }
        let connected = services.connectedAgents()
        return .success(
            .status(
                StatusAnswer(
                    services.facts(), counts, AgentAnswer.list(agents, connected: connected),
                    ReaderAnswer.list(readers, connected: connected))))
    }

    private static func response(_ result: Result<AdminDocument, AdminFault>, success: Int) -> HTTPResponse {
        switch result {
        case .success(let document):
            return HTTPResponse(status: success, headers: headers, body: document.bytes)
        case .failure(let fault):
            let allow =
                fault.allowedMethods.isEmpty
                ? [] : [HeaderField("Allow", fault.allowedMethods.joined(separator: ", "))]
            return HTTPResponse(status: fault.status, headers: headers + allow, body: AdminDocument.fault(fault).bytes)
        }
    }

    private static let headers = [
        HeaderField("Content-Type", "application/json"), HeaderField("Cache-Control", "no-store"),
    ]
}
