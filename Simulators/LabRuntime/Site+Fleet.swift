// SPDX-License-Identifier: Apache-2.0

package import Credentials
package import Crypto
import HostIO
import Ops
import PrintModel
package import Primitives
import ReleaseWire
import ServerCore
import Store

/// Many agents of one site that are no processes: whoever has their keys can speak for them.
package struct Fleet {
    package struct Member {
        package let name: String
        package let identity: Identity
        package let stream: [UInt8]
        /// Of a person who has a job held; `nil` for an agent that nobody comes to.
        package let badge: RawRead?
        /// What that person types instead.
        package let number: String?
    }

    package let server: KeyHash
    package let members: [Member]

    /// The PIN of everybody who has one.
    package static let pin = SecretBytes(Array("4711".utf8))
}

extension Site {
    /// As many bytes as the server's process holds in memory at most, up to now.
    package func serverMemoryPeak() throws(LabFault) -> Int {
        guard let process = server?.process else { throw LabFault("the server does not run", exit: .bug) }
        return try ProcessFacts(of: process).memoryPeak
    }

    /// Makes a server's keys and its database, and ends it again.
    package func makeServerState() throws(LabFault) {
        try startServer()
        try waitForServer()
        try server?.end()
    }

    /// Enrols so many agents at a server that does not run. The first `people` of them have a printer, and a person of
    /// their own who has a badge, a number and a held job; the last `pins` of these people have a PIN, too. An
    /// administrator has locked the last `locked` ones.
    package func enrolFleet(_ count: Int, people: Int, pins: Int, locked: Int = 0) throws(LabFault) -> Fleet {
        do {
            let identity = try Identity.loadOrCreate(at: folders.server + "/server.pem")
            let keys = StoreKeys(
                site: try SiteKey.loadOrCreate(at: folders.server + "/site.key"), server: identity.keyHash)
            let store = try StoreCore(
                path: folders.server + "/lanyard.db", keys: keys, settings: StoreSettings { read, _ in read.forms })
            let office = FleetOffice(store: store, server: identity.keyHash)
            let members = try (0..<count).map { number in
                try office.enrol(number, hasPerson: number < people, hasPIN: (people - pins..<people).contains(number))
            }
            try office.printJobs(people)
            try office.lock(people - locked..<people)
            return Fleet(server: identity.keyHash, members: members)
        } catch {
            throw LabFault("a fleet cannot be enrolled: \(error)")
        }
    }
}

/// Does for a fleet what an administrator and a technician would do.
private struct FleetOffice {
    let store: StoreCore
    let server: KeyHash
    private let now = Loop.wallTime()
    private let pinHash: PINHash

    init(store: StoreCore, server: KeyHash) {
        self.store = store
        self.server = server
        let encoded = PasswordHash(of: Fleet.pin).encoded
        pinHash = PINHash(
            logN: Int(encoded[0]), salt: Array(encoded.dropFirst(3).prefix(PasswordHash.saltCount)),
            hash: SecretBytes(Array(encoded.suffix(PasswordHash.hashCount))))
    }

    private static func user(_ number: Int) -> String { "person-\(number)" }

    func enrol(_ number: Int, hasPerson: Bool, hasPIN: Bool) throws(LabFault) -> Fleet.Member {
        let identity = Identity.generate()
        let name = "fleet-\(number)"
        guard case .enrolmentCode(let text, _) = ask(.makeEnrolmentCode) else { throw LabFault("no enrolment code") }
        let proof: [UInt8]
        do throws(EnrolmentCodeFault) {
            let code = try EnrolmentCode(typed: String(decoding: text.revealed, as: UTF8.self))
            proof = code.proof(agent: identity.keyHash, server: server)
        } catch {
            throw LabFault("an enrolment code: \(error)")
        }
        let enrolment = Enrolment(name: name, proof: proof)
        guard store.perform(.enrolAgent(key: identity.keyHash, enrolment, at: now)) == .enrolled(name: name) else {
            throw LabFault("\(name) was not enrolled")
        }
        let badge = hasPerson ? try addPerson(number, at: name, hasPIN: hasPIN) : nil
        return Fleet.Member(
            name: name, identity: identity, stream: randomBytes(16), badge: badge,
            number: hasPerson ? Self.printed(number) : nil)
    }

    /// On the badge, and what its holder types.
    private static func printed(_ number: Int) -> String { String(10_000_000 + number) }

    func lock(_ people: Range<Int>) throws(LabFault) {
        for number in people {
            guard ask(.lockUser(Self.user(number), locked: true)) == .done else { throw LabFault("not locked") }
        }
    }

    private func addPerson(_ number: Int, at agent: String, hasPIN: Bool) throws(LabFault) -> RawRead {
        let user = Self.user(number)
        let printed = Self.printed(number)
        guard let low = UInt128(printed), let bits = BitString(value: 0x01 << 32 | low, count: 40),
            let form = try? CredentialForm(typed: printed)
        else { throw LabFault("\(printed) is no badge", exit: .bug) }
        _ = ask(.addUser(name: user, fullName: "", department: "Fleet", number: printed))
        guard case .badge = ask(.addBadge(user: user, form, label: "")) else { throw LabFault("no badge for \(user)") }
        if hasPIN { _ = ask(.setPIN(user: user, pinHash)) }
        _ = ask(.addPrinter(name: agent, agent: agent, uri: "socket://127.0.0.1:9"))
        return RawRead(technology: .em4100, bits: bits)
    }

    /// One held job for each person. Nobody opens its document.
    func printJobs(_ people: Int) throws(LabFault) {
        let document = StoredDocument(
            place: .row(sealed: [0]), wrappedKey: [0], size: 1, sha256: [UInt8](repeating: 0, count: 32))
        let requests = (0..<people).map { number in
            StoreRequest.acceptJob(
                IncomingJob(
                    owner: Self.user(number), title: "job", host: "127.0.0.1", queue: SiteSettings.queue,
                    clientNumber: "\(number)", copies: 1, document: document, receivedAt: now))
        }
        for reply in store.perform(requests) {
            guard case .jobAccepted = reply else { throw LabFault("a job was not accepted") }
        }
    }

    private func ask(_ request: AdminRequest) -> AdminReply { store.administer(request, at: now, by: "lab") }
}
