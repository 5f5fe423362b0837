// SPDX-License-Identifier: Apache-2.0

/// Why a request was not granted. The numbers are the protocol's; they are never renamed or reused.
package struct Refusal: Error, Hashable, Sendable {
    package enum Code: UInt16, CaseIterable, Sendable {
        case badFrame = 101
        case tooLarge = 102
        case version = 103
        case notCanonical = 104
        case unexpected = 105
        case unknownAgent = 201
        case revoked = 202
        case enrolmentCode = 203
        case fenced = 204
        case unknownStream = 205
        case notApproved = 206
        case keyRejected = 207
        case unknownCredential = 301
        case wrongPIN = 302
        case locked = 303
        case sessionExpired = 304
        case notPermitted = 305
        case quota = 306
        case readExpired = 307
        case noJobs = 308
        case pinNotAcceptable = 310
        case activationCode = 311
        case badgeTaken = 312
        case differentBadge = 313
        case noSuchRelease = 401
        case custodyElsewhere = 403
        case alreadyReleased = 404
        case inDoubt = 405
        case documentUnavailable = 407
        case notHeld = 408
        case noSuchAccount = 409
        case accountRequired = 410
        case reportUnknown = 411
        case noPrinter = 501
        case busy = 601
        case storeFull = 602
        case maintenance = 603

        /// It says nothing of what was asked: the same may be asked again soon.
        package var isForNow: Bool { self == .busy || self == .storeFull || self == .maintenance }

        /// The nearest of the codes that the protocol's first version knew.
        package var first: Code {
            switch self {
            case .notApproved, .keyRejected: .unknownAgent
            case .quota, .noSuchAccount, .accountRequired: .notPermitted
            case .pinNotAcceptable: .wrongPIN
            case .activationCode, .badgeTaken, .differentBadge: .unknownCredential
            case .custodyElsewhere, .notHeld: .noSuchRelease
            case .reportUnknown: .unexpected
            case .badFrame, .tooLarge, .version, .notCanonical, .unexpected, .unknownAgent, .revoked, .enrolmentCode,
                .fenced, .unknownStream, .unknownCredential, .wrongPIN, .locked, .sessionExpired, .notPermitted,
                .readExpired, .noJobs, .noSuchRelease, .alreadyReleased, .inDoubt, .documentUnavailable, .noPrinter,
                .busy, .storeFull, .maintenance:
                self
            }
        }
    }

    package var code: Code
    /// When a retry makes sense.
    package var retryAfter: Duration?

    package init(_ code: Code, retryAfter: Duration? = nil) {
        self.code = code
        self.retryAfter = retryAfter
    }
}
