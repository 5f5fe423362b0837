// SPDX-License-Identifier: Apache-2.0

import AdminAPI
import AdminModel
import Glibc
import HTTPServer
import HostIO
import Ops
import Primitives
import ServerRuntime

/// The admin socket: HTTP on a Unix socket, wired to the runtime.
final class AdminDoor {
    private let server: HTTPServer
    private let listener: Listener

    init(
        _ settings: ServerSettings, _ runtime: ServerRuntime, version: String, on loop: Loop
    ) throws(OperatorError) {
        let started = Loop.wallTime()
        let address = settings.listen.first?.description ?? ""
        let services = AdminServices(
            administer: { runtime.administer($0, by: $1, then: $2) },
            hashPIN: { runtime.hashPIN($0, then: $1) },
            facts: {
                ServerFacts(
                    version: version, startedAt: started,
                    ports: [
                        Self.port("release", address, runtime.releasePort), Self.port("lpd", address, runtime.lpdPort),
                    ], warnings: runtime.warnings)
            },
            connectedAgents: { runtime.connectedAgents })
        let api = AdminAPI(access: try Self.access(settings), services: services)
        do {
            let server = try HTTPServer(on: loop, limits: Self.limits) { api.handle($0, $1) }
            self.server = server
            listener = try Listener.unix(
                path: settings.adminSocket, mode: settings.adminGroup.isEmpty ? 0o600 : 0o660, on: loop
            ) { descriptor, _ in server.serve(descriptor) }
            do { try Self.handOver(settings) } catch {
                close()
                throw error
            }
        } catch let fault as SystemFault {
            throw Self.fault(fault, settings)
        } catch {
            throw OperatorError(.internalFault, "the admin socket's HTTP server did not start", remedy: "\(error)")
        }
    }

    private static var limits: HTTPServerLimits {
        var limits = HTTPServerLimits()
        limits.bodyBytes = AdminAPI.bodyLimit
        limits.drainedBytes = 2 * AdminAPI.bodyLimit
        return limits
    }

    func close() {
        listener.close()
        server.close()
    }

    /// This process listens on its own ports; who else might is `lanyard status`'s business.
    private static func port(_ service: String, _ address: String, _ number: UInt16) -> StatusAnswer.Port {
        StatusAnswer.Port(
            service: service, address: address, port: number,
            listener: StatusAnswer.Port.Listener(process: "lanyard-server", pid: getpid(), user: userName))
    }

    /// The number of one that has no name.
    private static let userName: String = {
        guard let entry = getpwuid(getuid()), let name = entry.pointee.pw_name else { return "\(getuid())" }
        return String(cString: name)
    }()

    /// The socket's mode lets its group in; so it must be the right group.
    private static func handOver(_ settings: ServerSettings) throws {
        guard !settings.adminGroup.isEmpty, let group = getgrnam(settings.adminGroup) else { return }
        try retrying("chown \(settings.adminSocket)") {
            chown(settings.adminSocket, uid_t.max, group.pointee.gr_gid)
        }
    }

    /// Whether the settings name what this machine has.
    static func check(_ settings: ServerSettings) throws(OperatorError) { _ = try access(settings) }

    private static func access(_ settings: ServerSettings) throws(OperatorError) -> AdminAccess {
        guard !settings.adminGroup.isEmpty else { return AdminAccess(serverUser: getuid()) }
        guard let group = getgrnam(settings.adminGroup) else {
            throw OperatorError(
                .settingsInvalid, "there is no group \(settings.adminGroup)",
                remedy: "Create it, or change the setting admin-group.")
        }
        return AdminAccess(serverUser: getuid(), group: (group.pointee.gr_gid, settings.adminGroup))
    }

    private static func fault(_ fault: SystemFault, _ settings: ServerSettings) -> OperatorError {
        guard fault.isAddressTaken else {
            return OperatorError(
                .stateUnwritable, "the admin socket \(settings.adminSocket) cannot be made",
                remedy: "Does its folder exist, and may this user write to it?", cause: fault)
        }
        if let thing = standing(at: settings.adminSocket) {
            return OperatorError(
                .stateUnwritable, "the admin socket \(settings.adminSocket) cannot be made: \(thing) stands there",
                remedy: "Move it away, or set admin-socket to a path where nothing stands.")
        }
        return OperatorError(
            .portTaken, "another program listens on \(settings.adminSocket)",
            remedy: "Is a server running already? Stop it, or set admin-socket.")
    }

    /// What is there instead of a socket.
    private static func standing(at path: String) -> String? {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return nil }
        return switch facts.st_mode & S_IFMT {
        case S_IFSOCK: nil
        case S_IFDIR: "a folder"
        case S_IFLNK: "a symbolic link"
        case S_IFREG: "an ordinary file"
        default: "something else"
        }
    }
}
