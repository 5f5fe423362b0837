// SPDX-License-Identifier: Apache-2.0

/// The agent's requests that the server has open: asked and not answered, or documents that flow.
struct ServerRequests: Sendable {
    typealias Action = ServerSession.Action

    /// How many an agent may have open at once.
    static let limit = 64

    private enum Request: Sendable {
        /// With the type of the request.
        case asked(UInt16)
        case opening(offset: UInt64, credit: UInt64, isAbandoned: Bool)
        /// `isReading` while the core has a `readDocument` to answer.
        case document(DocumentFlow, isReading: Bool)
    }

    private var open: [UInt32: Request] = [:]

    var isEmpty: Bool { open.isEmpty }

    func isOpen(_ correlation: UInt32) -> Bool { open[correlation] != nil }

    /// False at the limit.
    mutating func add(_ correlation: UInt32, _ message: ReleaseMessage) -> Bool {
        guard open.count < Self.limit else { return false }
        open[correlation] =
            if let wanted = message.documentWanted {
                .opening(offset: wanted.offset, credit: UInt64(wanted.window), isAbandoned: false)
            } else {
                .asked(message.type)
            }
        return true
    }

    mutating func reply(_ correlation: UInt32, _ message: ReleaseMessage) -> [Action] {
        switch open.removeValue(forKey: correlation) {
        case .asked(let type):
            precondition(message.answers(type: type), "a request gets an answer of its own kind")
            return answer(correlation, message)
        case .opening(let offset, let credit, let isAbandoned):
            let opened = answer(correlation, message)
            guard case .documentOpened(let size) = message else {
                guard case .refused = message else { preconditionFailure("a document is opened or refused") }
                return opened
            }
            precondition(offset <= size, "no document is opened behind its end")
            if isAbandoned { return opened + [send(.abandon, correlation), .closeDocument(correlation)] }
            return opened + advance(correlation, DocumentFlow(size: size, offset: offset, credit: credit))
        case .document, nil: preconditionFailure("a request is answered once")
        }
    }

    mutating func document(_ correlation: UInt32, _ piece: DocumentPiece) -> [Action] {
        guard case .document(var flow, let isReading) = open[correlation] else { return [] }
        precondition(isReading, "a piece answers readDocument")
        switch piece {
        case .bytes(let bytes):
            precondition((1...max(flow.room, 1)).contains(bytes.count) && flow.room > 0, "a piece fits its credit")
            let data = send(.bytes(offset: flow.offset, bytes), correlation)
            flow.pass(bytes.count)
            return [data] + advance(correlation, flow)
        case .end(let sha256):
            precondition(flow.isComplete, "a document ends at its size")
            open[correlation] = nil
            return [send(.end(sha256: sha256), correlation)]
        case .failed(let refusal):
            open[correlation] = nil
            return [send(.failed(refusal), correlation)]
        }
    }

    /// Credit for a document that has just ended is nothing special.
    mutating func grant(_ correlation: UInt32, _ bytes: UInt64) -> [Action] {
        switch open[correlation] {
        case .document(var flow, let isReading):
            flow.grant(bytes)
            guard isReading else { return advance(correlation, flow) }
            open[correlation] = .document(flow, isReading: true)
        case .opening(let offset, let credit, let isAbandoned):
            open[correlation] = .opening(
                offset: offset, credit: credit.saturatingSum(bytes), isAbandoned: isAbandoned)
        case .asked, nil: break
        }
        return []
    }

    mutating func abandon(_ correlation: UInt32) -> [Action] {
        switch open[correlation] {
        case .document:
            open[correlation] = nil
            return [send(.abandon, correlation), .closeDocument(correlation)]
        case .opening(let offset, let credit, _):
            open[correlation] = .opening(offset: offset, credit: credit, isAbandoned: true)
            return []
        case .asked, nil: return []
        }
    }

    /// In the order of their numbers.
    mutating func closeAll() -> [Action] {
        let documents = open.compactMap { entry in if case .document = entry.value { entry.key } else { nil } }
        open = [:]
        return documents.sorted().map { .closeDocument($0) }
    }

    /// Asks for the next piece. The end needs no credit.
    private mutating func advance(_ correlation: UInt32, _ flow: DocumentFlow) -> [Action] {
        let limit = flow.isComplete ? DocumentPiece.limit : flow.room
        open[correlation] = .document(flow, isReading: limit > 0)
        return limit > 0 ? [.readDocument(correlation, offset: flow.offset, limit: limit)] : []
    }

    private func answer(_ correlation: UInt32, _ message: ReleaseMessage) -> [Action] {
        guard case .releases(var grants, let elsewhere) = message, grants.count > ReleaseGrant.frameCount else {
            return [send(.reply(message, hasMore: false), correlation)]
        }
        var actions: [Action] = []
        while !grants.isEmpty {
            let part = Array(grants.prefix(ReleaseGrant.frameCount))
            grants.removeFirst(part.count)
            let reply = ReleaseMessage.releases(part, elsewhere: elsewhere)
            actions.append(send(.reply(reply, hasMore: !grants.isEmpty), correlation))
        }
        return actions
    }

    private func send(_ body: Frame.Body, _ correlation: UInt32) -> Action {
        .send(Frame(body, correlation: correlation).encode())
    }
}
