// SPDX-License-Identifier: Apache-2.0

import CSystem
import Glibc

/// A HID device without the kernel's own reading of it.
package final class HidrawDevice {
    /// The longest report, its number included.
    package static let reportLimit = 4096

    /// Every piece received is one report, and every piece written is one output report, its first byte the report's
    /// number or 0. Unplugging closes it with EIO or ENODEV.
    package let stream: Stream

    private let node: SharedNode
    private let features: FeatureWorker

    /// - Parameter features: shared by the devices of a loop.
    package init(_ path: String, features: FeatureWorker, on loop: Loop) throws(SystemFault) {
        let opened = try Descriptor.open(path, flags: O_RDWR | O_NONBLOCK)
        node = SharedNode(try opened.duplicate())
        stream = try Stream(opened, on: loop)
        self.features = features
    }

    /// Sends a feature report, its first byte the report's number or 0. In order with the other feature reports.
    package func setFeature(_ report: [UInt8], then done: @escaping (SystemFault?) -> Void) {
        ask(.set(report)) { result in
            if case .failure(let fault) = result { done(fault) } else { done(nil) }
        }
    }

    /// The device's answer, its first byte the report's number or 0.
    package func getFeature(
        _ report: UInt8, length: Int, then done: @escaping (Result<[UInt8], SystemFault>) -> Void
    ) {
        ask(.get(report, length: max(1, min(length, Self.reportLimit))), done)
    }

    package func close() { stream.close() }

    private func ask(
        _ what: FeatureWorker.Request.What, _ done: @escaping (Result<[UInt8], SystemFault>) -> Void
    ) {
        features.submit(FeatureWorker.Request(node: node, what: what), done)
    }
}

/// Keeps the node open while a request for it is under way on the other thread.
final class SharedNode: Sendable {
    let descriptor: Descriptor
    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }
}

/// Feature reports wait for the device – a stalled one for seconds –, so a thread of their own asks for them.
package final class FeatureWorker {
    /// Feature reports asked for and not yet answered, over all devices.
    package static let limit = 256

    struct Request: Sendable {
        enum What: Sendable {
            case set([UInt8])
            case get(UInt8, length: Int)
        }

        let node: SharedNode
        let what: What
    }

    private let worker: Worker<Request, Result<[UInt8], SystemFault>>
    private let loop: Loop

    package init(on loop: Loop) throws(SystemFault) {
        self.loop = loop
        worker = try Worker(
            name: "hid-features", on: loop, limits: .parallel(threads: 1, requests: Self.limit), makeState: {}
        ) { _, requests in requests.map(Self.perform) }
    }

    package func stop() { worker.stop() }

    func submit(_ request: Request, _ done: @escaping (Result<[UInt8], SystemFault>) -> Void) {
        guard !worker.submit(request, then: done) else { return }
        loop.soon { done(.failure(SystemFault(call: "feature report", errno: EAGAIN))) }
    }

    private static func perform(_ request: Request) -> Result<[UInt8], SystemFault> {
        let raw = request.node.descriptor.raw
        do throws(SystemFault) {
            switch request.what {
            case .set(let report):
                try retrying("ioctl HIDIOCSFEATURE") { cs_hid_set_feature(raw, report, report.count) }
                return .success([])
            case .get(let number, let length):
                var report = [UInt8](repeating: 0, count: length)
                report[0] = number
                let count = try retrying("ioctl HIDIOCGFEATURE") { cs_hid_get_feature(raw, &report, length) }
                return .success(Array(report.prefix(count)))
            }
        } catch {
            return .failure(error)
        }
    }
}
