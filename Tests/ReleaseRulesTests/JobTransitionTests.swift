// SPDX-License-Identifier: Apache-2.0

import PrintModel
import ReleaseRules
import Testing

struct JobTransitionTests {
    @Test func finalStatesAreFinal() {
        #expect(JobState.allCases.filter(\.isFinal) == [.printed, .canceled, .purged])
        #expect(ReleaseState.confirmed.successors.isEmpty && ReleaseState.failed.successors.isEmpty)
    }

    @Test func aJobIsPrintedOnlyFromWhereItWasSentOrInDoubt() {
        #expect(JobState.allCases.filter { $0.successors.contains(.printed) } == [.sending, .inDoubt])
    }

    @Test func whatIsUnderWayIsNeitherPurgedNorCanceled() {
        for end in [JobState.purged, .canceled] {
            #expect(JobState.allCases.filter { $0.successors.contains(end) } == [.held])
        }
    }
}
