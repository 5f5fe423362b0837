// SPDX-License-Identifier: Apache-2.0

import Crypto
import HostIO
import Ops
import Primitives

/// The folder in which a program that reads reports keeps its key and that of its one server.
struct ReportIdentity {
    static let keyFile = "report.pem"
    static let pinFile = "server.pin"

    /// A report of many pages takes a while; nobody wants to hear of the short ones.
    private static let quietPatience = Duration.seconds(2)
    private static let patience = Duration.seconds(60)

    let folder: String

    init(_ use: Invocation) throws(OperatorError) {
        if let folder = use.arguments.value("--identity") {
            self.folder = folder
        } else if let home = use.home, home.hasPrefix("/") {
            folder = home + "/.config/lanyard"
        } else {
            throw use.usage("HOME is not set: name a folder with --identity")
        }
    }

    /// A server ends the connection of a key that comes again: whoever comes second waits until the first is done.
    func lock(_ use: Invocation) throws(OperatorError) -> Descriptor {
        do throws(SystemFault) {
            try DurableFile.makeDirectory(folder)
            if let lock = try lock(within: Self.quietPatience) { return lock }
            use.console.complain("Another lanyard report uses \(folder). Waiting for it.".displaySafe(limit: 4096))
            if let lock = try lock(within: Self.patience) { return lock }
        } catch {
            throw unusable(error)
        }
        throw OperatorError(
            .stateInUse, "another lanyard report has used \(folder) for more than \(Self.patience)",
            remedy: "Wait for it or end it, or enrol another --identity.")
    }

    /// `nil` when it lasts longer.
    private func lock(within patience: Duration) throws(SystemFault) -> Descriptor? {
        do throws(SystemFault) {
            return try DurableFile.lockDirectory(folder, within: patience)
        } catch {
            guard error.isBusy else { throw error }
            return nil
        }
    }

    /// Made on first use, under the lock.
    func key() throws(OperatorError) -> Identity {
        do throws(KeyFileFault) {
            return try Identity.loadOrCreate(at: folder + "/" + Self.keyFile)
        } catch {
            throw OperatorError(.stateUnwritable, "\(error)", remedy: error.remedy)
        }
    }

    func server() throws(OperatorError) -> KeyHash {
        let pin: [UInt8]?
        do throws(SystemFault) {
            pin = try DurableFile.readIfPresent(folder + "/" + Self.pinFile, limit: KeyHash.length)
        } catch {
            throw unusable(error)
        }
        guard let pin, let server = KeyHash(pin) else {
            throw OperatorError(
                .agentNotEnrolled, "this program is not enrolled: \(folder) knows no server",
                remedy:
                    "Run `lanyard agent enrol-code --right reports` at the server, then `lanyard report enrol` here.")
        }
        return server
    }

    func keep(_ server: KeyHash) throws(OperatorError) {
        do throws(SystemFault) {
            try DurableFile.write(server.bytes, to: folder + "/" + Self.pinFile)
        } catch {
            throw unusable(error)
        }
    }

    private func unusable(_ fault: SystemFault) -> OperatorError {
        OperatorError(
            .stateUnwritable, "the folder \(folder) cannot be used", remedy: "May you write there? See --identity.",
            cause: fault)
    }
}
