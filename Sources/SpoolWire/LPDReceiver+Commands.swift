// SPDX-License-Identifier: Apache-2.0

import PrintFormats

/// What each command and each complete file leads to.
extension LPDReceiver {
    /// A complete command line.
    mutating func obey(_ line: [UInt8]) -> [Action] {
        let command: LPDCommand
        do throws(LPDCommand.Fault) {
            command = try queue == nil ? LPDCommand.parse(line) : LPDCommand.parseWithinJob(line)
        } catch {
            return refuse(error == .unknown ? .unknownCommand : .malformedCommand)
        }
        switch command {
        case .printWaiting: return close()
        case .receiveJob(let operand): return receiveJob(operand)
        case .queueState(let operand, let isLong, let list):
            guard let asked = LPDQueue(operand, known: queues) else { return refuse(.unknownQueue, operand) }
            state = .asking
            return [.askQueueState(asked, isLong: isLong, list: list)]
        case .removeJobs: return refuse(.removalNotOffered)
        case .abort:
            expectCommand()
            return assembly.clear().map { .discard(index: $0) } + [.send(Self.ack)]
        case .controlFile(let count, let name): return beginControlFile(count, name)
        case .dataFile(let count, let name): return beginDataFile(count, name)
        }
    }

    private mutating func receiveJob(_ operand: String) -> [Action] {
        guard let asked = LPDQueue(operand, known: queues) else { return refuse(.unknownQueue, operand) }
        guard assembly.isEmpty || asked == queue else { return refuse(.endedMidJob, "another queue follows") }
        guard room != 0 else { return refuse(.spoolFull) }
        queue = asked
        expectCommand()
        return [.send(Self.ack)]
    }

    private mutating func beginControlFile(_ count: UInt64, _ name: String) -> [Action] {
        guard count > 0 else { return refuse(.malformedCommand, "empty control file") }
        guard count <= UInt64(limits.controlFile) else { return refuse(.controlFileTooLong, "\(count) bytes") }
        guard assembly.controlFiles.count < limits.pendingControlFiles else { return refuse(.tooManyFiles) }
        state = .controlFile(name: name, left: Int(count))
        return [.send(Self.ack)]
    }

    private mutating func beginDataFile(_ count: UInt64, _ name: String) -> [Action] {
        let isUntilEnd = count == 0 || count >= limits.absurdCount
        guard isUntilEnd || count <= UInt64(limits.document) else {
            return refuse(.documentTooLarge, "\(count) bytes")
        }
        guard room != 0, isUntilEnd || count <= UInt64(room ?? Int.max) else {
            return refuse(.spoolFull, isUntilEnd ? "" : "\(count) bytes")
        }
        guard assembly.dataFiles.count < limits.dataFilesPerJob else { return refuse(.tooManyFiles) }
        fileRoom = room ?? Int.max
        let index = nextIndex
        nextIndex += 1
        state = .dataFile(index: index, name: name, got: 0, left: isUntilEnd ? nil : Int(count))
        return [.beginDocument(index: index, name: name), .send(Self.ack)]
    }

    /// A file is here with all its octets. It is acknowledged at once unless it completes a job.
    mutating func arrived(_ file: File) -> [Action] {
        guard let queue else { preconditionFailure("files come within a job") }
        switch file {
        case .data(let file): assembly.add(file)
        case .control(let name, let bytes):
            do throws(LPDControlFileFault) {
                let facts = try LPDControlFile(parsing: bytes)
                assembly.add(LPDAssembly.ControlFile(name: name, facts: facts))
            } catch {
                return refuse(.badControlFile, error.description)
            }
        }
        expectCommand()
        guard let job = assembly.takeJob(for: queue) else { return ending == .broken ? [] : [.send(Self.ack)] }
        state = .committing
        return [.submit(job)]
    }
}
