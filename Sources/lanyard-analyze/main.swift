// SPDX-License-Identifier: Apache-2.0

func main() { AnalyzeCommand.run() }

main()
