// SPDX-License-Identifier: Apache-2.0

import ReleaseRules
import ReleaseWire
import ServerCore
import Store

extension DocumentAnswer {
    /// What became of a read; `nil` when it is to be asked for again.
    var piece: DocumentPiece? {
        switch self {
        case .piece(let piece): piece
        case .failed(.tooMany): nil
        case .failed(let fault): .failed(fault.refusal)
        case .done, .stored, .room: preconditionFailure("a read is answered by a piece")
        }
    }

    /// What came of a measurement.
    var room: DiskRoom? { if case .room(let room) = self { room } else { nil } }

    /// What became of a finish.
    var document: StoredDocument? { if case .stored(let document) = self { document } else { nil } }
}
