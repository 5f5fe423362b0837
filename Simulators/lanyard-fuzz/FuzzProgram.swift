// SPDX-License-Identifier: Apache-2.0

import CFuzzer
import Fuzz
import Glibc

/// `lanyard-fuzz seeds CORPUS RECORDING…` writes what to start from, a folder a target; `lanyard-fuzz TARGET …` hands
/// the rest of the words to libFuzzer. `lanyard-fuzz targets` lists them with the longest input of each.
@main
enum FuzzProgram {
    static func main() {
        let words = Array(CommandLine.arguments.dropFirst())
        guard let first = words.first else { end("lanyard-fuzz targets | seeds CORPUS RECORDING… | TARGET OPTION…") }
        switch first {
        case "targets": for target in FuzzTarget.allCases { print(target.rawValue, target.longestInput) }
        case "seeds" where words.count >= 2: writeSeeds(in: words[1], recordings: words[2...].map(text))
        default:
            guard let target = FuzzTarget(rawValue: first) else { end("there is no target \(first.debugDescription)") }
            fuzz(target, Array(words.dropFirst()))
        }
    }

    private static func writeSeeds(in corpus: String, recordings: [String]) {
        let seeds = FuzzSeeds(recordings: recordings)
        for target in FuzzTarget.allCases {
            let folder = "\(corpus)/\(target.rawValue)"
            mkdir(folder, 0o755)
            for (index, seed) in seeds.seeds(for: target).enumerated() { write(seed, to: "\(folder)/seed-\(index)") }
        }
    }

    private static func fuzz(_ target: FuzzTarget, _ options: [String]) -> Never {
        // libFuzzer's callback takes no context, so the target travels in the environment.
        setenv("LANYARD_FUZZ_TARGET", target.rawValue, 1)
        let words = ["lanyard-fuzz-\(target.rawValue)", "-max_len=\(target.longestInput)"] + options
        var count = CInt(words.count)
        var pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = .allocate(capacity: words.count + 1)
        for (index, word) in words.enumerated() { pointers?[index] = strdup(word) }
        pointers?[words.count] = nil
        exit(LLVMFuzzerRunDriver(&count, &pointers, LLVMFuzzerTestOneInput))
    }

    private static func text(_ path: String) -> String {
        guard let file = fopen(path, "r") else { end("\(path): \(String(cString: strerror(errno)))") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private static func write(_ bytes: [UInt8], to path: String) {
        guard let file = fopen(path, "w") else { end("\(path): \(String(cString: strerror(errno)))") }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
    }

    private static func end(_ message: String) -> Never {
        let text = message + "\n"
        _ = text.withCString { Glibc.write(2, $0, strlen($0)) }
        exit(64)
    }
}
