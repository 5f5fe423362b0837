// SPDX-License-Identifier: Apache-2.0

/// The requests that the agent has open: not answered yet, or documents that flow.
struct AgentRequests: Sendable {
    typealias Action = AgentSession.Action

    static let limit = ServerRequests.limit

    private enum Request: Sendable {
        /// With the type of the request.
        case asked(UInt16)
        /// The first parts of a list that goes on.
        case listing([ReleaseGrant])
        case opening(offset: UInt64, credit: UInt64)
        case document(DocumentFlow)
        /// The caller does not want it any more; what is still on its way is dropped up to the server's last word.
        case abandoned
    }

    private var open: [UInt32: Request] = [:]

    var hasRoom: Bool { open.count < Self.limit }

    func isOpen(_ correlation: UInt32) -> Bool { open[correlation] != nil }

    mutating func add(_ correlation: UInt32, _ message: ReleaseMessage) {
        open[correlation] =
            if let wanted = message.documentWanted {
                .opening(offset: wanted.offset, credit: UInt64(wanted.window))
            } else {
                .asked(message.type)
            }
    }

    /// False when the document has ended meanwhile.
    mutating func grant(_ correlation: UInt32, _ bytes: UInt64) -> Bool {
        switch open[correlation] {
        case .document(var flow):
            flow.grant(bytes)
            open[correlation] = .document(flow)
            return true
        case .opening(let offset, let credit):
            open[correlation] = .opening(offset: offset, credit: credit.saturatingSum(bytes))
            return true
        case .asked, .listing: preconditionFailure("only documents have credit")
        case .abandoned, nil: return false
        }
    }

    /// False when the document has ended meanwhile.
    mutating func abandon(_ correlation: UInt32) -> Bool {
        switch open[correlation] {
        case .document, .opening:
            open[correlation] = .abandoned
            return true
        case .asked, .listing: preconditionFailure("only documents are abandoned")
        case .abandoned, nil: return false
        }
    }

    mutating func reply(
        _ correlation: UInt32, _ message: ReleaseMessage, hasMore: Bool
    ) throws(LinkClosed) -> [Action] {
        switch open[correlation] {
        case .asked(let type):
            guard message.answers(type: type) else { throw .unexpected("reply of another kind") }
            return try finish(correlation, [], message, hasMore)
        case .listing(let grants): return try finish(correlation, grants, message, hasMore)
        case .opening(let offset, let credit): return try opened(correlation, offset, credit, message)
        case .abandoned:
            switch message {
            case .documentOpened: break
            case .refused: open[correlation] = nil
            default: throw .unexpected("reply of another kind")
            }
            return []
        case .document, nil: throw .unexpected("reply to no request")
        }
    }

    mutating func bytes(
        _ correlation: UInt32, offset: UInt64, _ bytes: [UInt8]
    ) throws(LinkClosed) -> [Action] {
        switch open[correlation] {
        case .document(var flow):
            guard offset == flow.offset else { throw .unexpected("a gap in a document") }
            guard bytes.count <= flow.room else { throw .overrun }
            flow.pass(bytes.count)
            open[correlation] = .document(flow)
            return [.document(correlation, .bytes(bytes))]
        case .abandoned: return []
        case .asked, .listing, .opening, nil: throw .unexpected("data for no document")
        }
    }

    mutating func end(_ correlation: UInt32, sha256: [UInt8]) throws(LinkClosed) -> [Action] {
        switch open[correlation] {
        case .document(let flow):
            guard flow.isComplete else { throw .unexpected("a document's end before its size") }
            open[correlation] = nil
            return [.document(correlation, .end(sha256: sha256))]
        case .abandoned:
            open[correlation] = nil
            return []
        case .asked, .listing, .opening, nil: throw .unexpected("data for no document")
        }
    }

    mutating func failed(_ correlation: UInt32, _ refusal: Refusal) throws(LinkClosed) -> [Action] {
        switch open.removeValue(forKey: correlation) {
        case .document: return [.document(correlation, .failed(refusal))]
        case .abandoned: return []
        case .asked, .listing, .opening, nil: throw .unexpected("data for no document")
        }
    }

    mutating func abandoned(_ correlation: UInt32) throws(LinkClosed) -> [Action] {
        guard case .abandoned = open.removeValue(forKey: correlation) else {
            throw .unexpected("the end of a document that was not abandoned")
        }
        return []
    }

    private mutating func opened(
        _ correlation: UInt32, _ offset: UInt64, _ credit: UInt64, _ message: ReleaseMessage
    ) throws(LinkClosed) -> [Action] {
        switch message {
        case .documentOpened(let size):
            guard offset <= size else { throw .unexpected("a document that is shorter than its offset") }
            open[correlation] = .document(DocumentFlow(size: size, offset: offset, credit: credit))
        case .refused: open[correlation] = nil
        default: throw .unexpected("reply of another kind")
        }
        return [.reply(correlation, message)]
    }

    /// Joins the parts of a list; every other reply is whole.
    private mutating func finish(
        _ correlation: UInt32, _ earlier: [ReleaseGrant], _ message: ReleaseMessage, _ hasMore: Bool
    ) throws(LinkClosed) -> [Action] {
        guard case .releases(let part, let elsewhere) = message else {
            guard earlier.isEmpty else { throw .unexpected("reply of another kind") }
            open[correlation] = nil
            return [.reply(correlation, message)]
        }
        let grants = earlier + part
        guard grants.count <= ReleaseGrant.countLimit, !(hasMore && part.isEmpty) else {
            throw .unexpected("a list without end")
        }
        open[correlation] = hasMore ? .listing(grants) : nil
        return hasMore ? [] : [.reply(correlation, .releases(grants, elsewhere: elsewhere))]
    }
}
