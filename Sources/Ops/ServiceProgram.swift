// SPDX-License-Identifier: Apache-2.0

import Glibc
package import HostIO

/// What the long-running programs share around their run: settings file, state lock, readiness, exit code.
package enum ServiceProgram {
    /// Runs the body; a failure becomes one line on standard error and its exit code.
    package static func run(_ name: String, _ body: () throws -> Exit) -> Exit {
        do {
            return try body()
        } catch let error as OperatorError {
            return say(name, error)
        } catch let fault as UsageFault {
            return say(name, fault.operatorError(program: name))
        } catch let fault as SettingsFault {
            return say(name, fault.operatorError)
        } catch {
            return say(
                name, OperatorError(.internalFault, "\(error)", remedy: "Please report this with the log's last lines.")
            )
        }
    }

    private static func say(_ name: String, _ error: OperatorError) -> Exit {
        StandardStream.error.write(line: "\(name): \(error)")
        return error.exit
    }

    /// Answers `--help` and `--version`; false when neither was asked for.
    package static func answers(_ arguments: Arguments, _ syntax: CommandSyntax) throws(OperatorError) -> Bool {
        guard arguments.wantsHelp || arguments.has("--version") else { return false }
        try answer(arguments.wantsHelp ? syntax.help : Product.versionLine(syntax.name))
        return true
    }

    /// To standard output; what a script asked for must not end as if it were whole.
    package static func answer(_ text: String) throws(OperatorError) {
        guard StandardStream.output.write(Array(text.utf8)) else { throw .outputFailed }
    }

    /// The text of the file that `--config` names, and its path. What only prints needs none.
    package static func readSettings(
        _ arguments: Arguments, default standard: String
    ) throws(OperatorError) -> (text: String, file: String) {
        guard let path = arguments.value("--config") else {
            let needsNone = arguments.has("--print-settings") || arguments.has("--print-hwdb")
            return needsNone ? ("", standard) : (try read(standard), standard)
        }
        return (try read(path), path)
    }

    private static func read(_ path: String) throws(OperatorError) -> String {
        let bytes: [UInt8]
        do throws(SystemFault) {
            bytes = try DurableFile.read(path, limit: SettingsReader.sizeLimit)
        } catch {
            throw OperatorError(
                .settingsUnreadable, "the settings file \(path) cannot be read",
                remedy: "Give the right file with --config; --print-settings shows all keys.", cause: error)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw OperatorError(.settingsInvalid, "\(path) is not UTF-8 text", remedy: "Save it as UTF-8.")
        }
        return text
    }

    /// Makes the state folder and holds it for this process alone.
    package static func lockState(_ path: String) throws(OperatorError) -> Descriptor {
        do throws(SystemFault) {
            try DurableFile.makeDirectory(path)
            return try DurableFile.lockDirectory(path)
        } catch {
            if error.isBusy {
                throw OperatorError(
                    .stateInUse, "another process uses the state folder \(path)",
                    remedy: "Stop it first, or set state to another folder.")
            }
            throw OperatorError(
                .stateUnwritable, "the state folder \(path) cannot be used",
                remedy: "May this user write there? Or set state to another folder.", cause: error)
        }
    }

    /// Takes over the descriptor that `--ready-fd` named. Call it before anything is opened: a number that nobody
    /// passed would soon be one of our own.
    package static func ready(_ arguments: Arguments) throws(OperatorError) -> Ready {
        guard let number = arguments.value("--ready-fd") else { return Ready(descriptor: nil) }
        guard let raw = CInt(number), raw > 2, fcntl(raw, F_GETFD) >= 0 else {
            throw OperatorError(.usage, "--ready-fd \(number) is no open descriptor", remedy: "Give one above 2.")
        }
        _ = fcntl(raw, F_SETFD, FD_CLOEXEC)
        return Ready(descriptor: Descriptor(owning: raw))
    }

    /// Whom to tell that everything runs; it closes by itself when nobody was told.
    package struct Ready: ~Copyable {
        private let descriptor: Descriptor?

        fileprivate init(descriptor: consuming Descriptor?) { self.descriptor = descriptor }

        /// Writes one line.
        package consuming func announce(_ line: String) {
            // Whoever asked may be gone already; that is no reason to stop.
            if let descriptor { try? descriptor.writeAll(Array((line + "\n").utf8)[...]) }
        }
    }

    package static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "agent" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
