// SPDX-License-Identifier: Apache-2.0

import Primitives
import SpoolWire

/// An LPD client that sends anything, and a disk that fails as the input says.
struct LPDRun {
    private var receiver: LPDReceiver
    private var now = MonotonicTime(nanoseconds: 1_000_000_000)
    private var waiting: [LPDReceiver.Action] = []
    /// Bytes of each document that is begun and neither submitted nor discarded.
    private var open: [Int: Int] = [:]
    private var isClosed = false

    private init(queues: Set<String>?) { receiver = LPDReceiver(queues: queues, openedAt: now) }

    /// Queues, how it is cut, how the disk does, then what the client sends.
    static func check(_ input: inout FuzzInput) throws(Finding) {
        let flags = input.byte()
        let cut = input.byte()
        let luck = input.byte()
        var run = LPDRun(queues: flags & 1 == 0 ? nil : ["hold"])
        for (index, piece) in input.pieces(cut).enumerated() {
            try run.settle(fails: luck != 0 && index % 8 == Int(luck & 7))
            if run.isClosed { return }
            guard run.receiver.wantsInput else { throw Finding("a receiver that owes no answer takes input") }
            try run.feed(.received(piece))
            if flags & 2 != 0, index % 16 == 15 { try run.tick() }
        }
        try run.settle(fails: false)
        try run.feed(.disconnected(flags & 4 == 0 ? .finished : .broken))
        try run.settle(fails: false)
        try demand(run.isClosed, "a connection whose client has left is closed")
        try demand(run.open.isEmpty, "no document stays behind a connection")
    }

    private mutating func tick() throws(Finding) {
        guard let deadline = receiver.deadline else { return }
        now = max(now, deadline)
        try look(receiver.tick(at: now))
    }

    /// Answers what is asked until nothing is.
    private mutating func settle(fails: Bool) throws(Finding) {
        while !waiting.isEmpty, !isClosed {
            switch waiting.removeFirst() {
            case .write: try feed(fails ? .storageFailed : .written)
            case .submit: try feed(.committed(fails ? .refused : .accepted))
            case .askQueueState: try feed(.queueState("no entries\n"))
            case .send, .beginDocument, .discard, .refuse, .close: break
            }
        }
    }

    private mutating func feed(_ event: LPDReceiver.Event) throws(Finding) {
        if !isClosed { try look(receiver.handle(event, at: now)) }
    }

    private mutating func look(_ actions: [LPDReceiver.Action]) throws(Finding) {
        for action in actions {
            try demand(!isClosed, "close is the last action")
            switch action {
            case .beginDocument(let index, _):
                try demand(open.updateValue(0, forKey: index) == nil, "a document is begun once")
            case .write(let index, let bytes):
                guard let count = open[index] else { throw Finding("what is written belongs to an open document") }
                open[index] = count + bytes.count
                waiting.append(action)
            case .submit(let job):
                try demand(!job.documents.isEmpty, "a job has a document")
                for document in job.documents {
                    try demand(
                        open.removeValue(forKey: document.index) == document.byteCount,
                        "a job's documents are as long as what was written")
                }
                waiting.append(action)
            case .discard(let index):
                try demand(open.removeValue(forKey: index) != nil, "only an open document is discarded")
            case .askQueueState: waiting.append(action)
            case .close: isClosed = true
            case .send, .refuse: break
            }
        }
    }
}
