// SPDX-License-Identifier: Apache-2.0

package final class Story {
    private let site: Site
    private let say: (String) -> Void
    package init(_ site: Site, say: @escaping (String) -> Void) { self.site = site; self.say = say }
    package func tell() throws(LabFault) {}
}
