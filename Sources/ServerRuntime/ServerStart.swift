// SPDX-License-Identifier: Apache-2.0

import Credentials
import Crypto
import Glibc
import HostIO
package import Ops
import Primitives
import ReleaseRules
import Store

/// The site's keys, made on first start.
struct ServerKeys {
    let site: SiteKey
    let identity: Identity

    static func load(from state: String) throws(OperatorError) -> ServerKeys {
        do throws(KeyFileFault) {
            return ServerKeys(
                site: try SiteKey.loadOrCreate(at: state + "/site.key"),
                identity: try Identity.loadOrCreate(at: state + "/server.pem"))
        } catch {
            throw OperatorError(.stateUnwritable, "\(error)", remedy: error.remedy)
        }
    }
}

/// Opens what the server keeps, with the errors that an operator can act on.
package enum ServerStart {
    static func openStore(
        _ settings: ServerSettings, _ keys: ServerKeys, on loop: Loop
    ) throws(OperatorError) -> StoreThread {
        let forms = settings.badgeForms
        var policy = StoreSettings { forms.forms(of: $0, from: $1) }
        policy.readersAreAlike = { forms.converters.areAlike($0) }
        policy.tariff = settings.tariff
        policy.holdLife = settings.holdLife
        policy.requiresApproval = settings.requiresApproval
        policy.secondFactor = settings.dialogue.secondFactor
        policy.selfRegistration = settings.dialogue.selfRegistration
        policy.billingCode = settings.dialogue.billingCode
        policy.logOut = logOut(settings)
        policy.offline = settings.offline
        let path = settings.state + "/lanyard.db"
        let storeKeys = StoreKeys(site: keys.site, server: keys.identity.keyHash)
        do throws(StoreFault) {
            return try StoreThread(path: path, keys: storeKeys, settings: policy, on: loop) { endProcess($0) }
        } catch {
            throw OperatorError(
                .stateUnwritable, "the database \(path) cannot be used",
                remedy: "May this user write there, and is it this program's database?", cause: error)
        }
    }

    /// What the settings name and this machine does not have.
    package static func obstacle(_ settings: ServerSettings) -> OperatorError? { Analyzer.obstacle(settings.analyzer) }

    /// A longer one would be what no agent does.
    static func logOut(_ settings: ServerSettings) -> Duration {
        min(settings.dialogue.logOut, SessionRule.longestLogOut)
    }

    static func openDocuments(
        _ settings: ServerSettings, _ keys: ServerKeys, known: Set<String>, on loop: Loop
    ) throws(OperatorError) -> DocumentThread {
        let folder = settings.state + "/spool"
        var limits = DocumentStore.Limits()
        limits.document = UInt64(settings.documentLimit)
        do throws(SystemFault) {
            return try DocumentThread(
                folder: folder, site: keys.site, known: known, on: loop, limits: limits
            ) { endProcess($0) }
        } catch {
            throw OperatorError(
                .stateUnwritable, "the spool \(folder) cannot be used", remedy: "May this user write there?",
                cause: error)
        }
    }

    static func startPINs(on loop: Loop) throws(OperatorError) -> PINChecker {
        do throws(SystemFault) {
            return try PINChecker(on: loop)
        } catch {
            throw OperatorError(.internalFault, "no thread for PINs", remedy: "See the system's limits.", cause: error)
        }
    }

    /// After a failed sync nobody knows what is on disk. A new process reads it again.
    @Sendable private static func endProcess(_ fault: any Error & Sendable) {
        let error = OperatorError(
            .storeFailed, "the store cannot be written", remedy: "Check the disk, then start the server.",
            cause: fault)
        StandardStream.error.write(line: "<3>\(error)")
        exit(Exit.inputOutput.rawValue)
    }
}
