// SPDX-License-Identifier: Apache-2.0

import HostIO
import Testing
import TestKit

@Suite struct ResolverTests {
    @Test func numbersAreAnsweredWithoutTheThread() throws {
        let loop = try Loop()
        let resolver = try Resolver(on: loop)
        var answers: [Resolver.Answer] = []
        resolver.resolve("192.0.2.7") { answers.append($0) }
        #expect(answers.isEmpty)
        try loop.turn(mayWait: false)
        #expect(answers == [.success([IPAddress(bytes: [192, 0, 2, 7])])])
        resolver.stop()
    }

    @Test func localhostIsLoopback() throws {
        let loop = try Loop()
        let resolver = try Resolver(on: loop)
        var answers: [Resolver.Answer] = []
        resolver.resolve("localhost") { answers.append($0) }
        #expect(try loop.turn { !answers.isEmpty })
        let addresses = try #require(answers.first).get()
        #expect(!addresses.isEmpty && addresses.allSatisfy(\.isLoopback))
        resolver.stop()
    }

    @Test func whatIsNoNameIsAFaultThatNamesIt() throws {
        let loop = try Loop()
        let resolver = try Resolver(on: loop)
        var fault: ResolverFault?
        resolver.resolve("not a name!") { answer in
            if case .failure(let why) = answer { fault = why }
        }
        #expect(try loop.turn { fault != nil })
        #expect(fault?.name == "not a name!")
        resolver.stop()
    }
}
