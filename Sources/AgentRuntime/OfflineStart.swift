// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentJournal
import Crypto
import HostIO
import Ops
import PrintModel
import Primitives

/// What makes a box able to go on without its server: its key, the name of its boot, and room on its disk.
struct OfflineStart {
    let box: OfflineBox
    let store: CustodyStore

    /// - Parameter state: of the journal, which says what is on the disk and still needed.
    static func open(
        _ settings: AgentSettings, journal: JournalState, on loop: Loop
    ) throws(OperatorError) -> OfflineStart {
        let key: SiteKey
        do throws(KeyFileFault) {
            key = try SiteKey.loadOrCreate(at: settings.state + "/custody.key")
        } catch {
            throw OperatorError(.stateUnwritable, "\(error)", remedy: error.remedy)
        }
        let folder = settings.state + "/custody"
        do throws(SystemFault) {
            let keep = journal.offline.custodies.filter { $0.releaseKey == nil }.map(\.facts.fence)
            let store = try CustodyStore(folder, key: key, keep: Set(keep), on: loop)
            let verifier = HMACSHA256.code(Array("lanyard agent verifier 1".utf8), key: key.secret)
            let box = OfflineBox(
                cryptography: .openSSL, key: SecretBytes(verifier), boot: try bootName(),
                space: UInt64(settings.custodySpace))
            return OfflineStart(box: box, store: store)
        } catch {
            throw OperatorError(
                .stateUnwritable, "the agent cannot keep lent documents in \(folder)",
                remedy: "May this user write there?", cause: error)
        }
    }

    /// The kernel names each boot anew.
    private static func bootName() throws(SystemFault) -> [UInt8] {
        Array(SHA256.hash(try DurableFile.read("/proc/sys/kernel/random/boot_id", limit: 256)).prefix(16))
    }
}
