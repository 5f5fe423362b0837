# SPDX-License-Identifier: Apache-2.0
"""Takes the kernel out of a bzImage: without decompressing it under emulation a boot takes half the time."""

import lzma
import sys

source, target = sys.argv[1:]
with open(source, "rb") as file:
    image = file.read()
start = image.find(b"\xfd7zXZ\0")
if start < 0:
    sys.exit(f"{source}: this kernel is not compressed by xz")
with open(target, "wb") as file:
    file.write(lzma.LZMADecompressor().decompress(image[start:]))
