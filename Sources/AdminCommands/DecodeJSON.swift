// SPDX-License-Identifier: Apache-2.0

import Credentials

/// The documents that `lanyard decode --json` prints; scripts rely on their names.
enum DecodeJSON {
    static func text(of report: DecodeReport) -> String { JSONForm.text(of: ReportDocument(report: report)) }

    static func text(of fault: DecodeFault) -> String {
        JSONForm.text(of: ["rejected": ["reason": fault.reason, "detail": fault.detail]])
    }
}

private struct ReportDocument: Encodable {
    let report: DecodeReport

    private enum Key: String, CodingKey {
        case read, technology, bits, bitCount, candidates, forms, decimal, hex, reversedHex, printed, w26, text, keys
        case steps, enrollable, osdp, address, sequence, name, reply
    }

    func encode(to encoder: any Encoder) throws {
        var document = encoder.container(keyedBy: Key.self)
        if let technology = report.technology {
            var read = document.nestedContainer(keyedBy: Key.self, forKey: .read)
            try read.encode(technology, forKey: .technology)
            try read.encode(report.bits?.revealedBinary, forKey: .bits)
            try read.encode(report.bits?.count ?? 0, forKey: .bitCount)
        } else {
            try document.encodeNil(forKey: .read)
        }
        try document.encode(report.candidates.map(CandidateDocument.init), forKey: .candidates)
        var forms = document.nestedContainer(keyedBy: Key.self, forKey: .forms)
        try forms.encode(report.forms.decimal, forKey: .decimal)
        try forms.encode(report.forms.hex, forKey: .hex)
        try forms.encode(report.forms.reversedHex, forKey: .reversedHex)
        try forms.encodeIfPresent(report.forms.printed, forKey: .printed)
        try forms.encodeIfPresent(report.forms.w26, forKey: .w26)
        try document.encodeIfPresent(report.text, forKey: .text)
        try document.encodeIfPresent(report.keys, forKey: .keys)
        if !report.isEnrollable { try document.encode(false, forKey: .enrollable) }
        if let frame = report.frame {
            var osdp = document.nestedContainer(keyedBy: Key.self, forKey: .osdp)
            try osdp.encode(frame.address, forKey: .address)
            try osdp.encode(frame.sequence, forKey: .sequence)
            try osdp.encode(frame.name, forKey: .name)
            try osdp.encode(frame.isReply, forKey: .reply)
        }
        try document.encode(report.steps, forKey: .steps)
    }
}

private struct CandidateDocument: Encodable {
    let candidate: Candidate

    private enum Key: String, CodingKey {
        case format, facilityCode, cardNumber, issueLevel, oem, parity, swappedLines
    }

    func encode(to encoder: any Encoder) throws {
        var document = encoder.container(keyedBy: Key.self)
        try document.encode(candidate.format, forKey: .format)
        try document.encode(candidate.facilityCode, forKey: .facilityCode)
        try document.encode(candidate.cardNumber, forKey: .cardNumber)
        try document.encodeIfPresent(candidate.issueLevel, forKey: .issueLevel)
        try document.encodeIfPresent(candidate.oem, forKey: .oem)
        try document.encode(candidate.parity.rawValue, forKey: .parity)
        try document.encode(candidate.swappedLines, forKey: .swappedLines)
    }
}
