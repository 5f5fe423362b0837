#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the sample documents of this folder and their manifest, the same bytes at every run.

    python3 make-documents.py

The page numbers in the manifest are written down here by hand, for each document beside its contents. They are what a
person sees on the paper and must never come out of a page counter of this project: its tests compare the counters
with them. Needs nothing but Python 3; that the documents render was checked with Ghostscript 10.
"""

import hashlib
import pathlib
import struct

FOLDER = pathlib.Path(__file__).resolve().parent


# PDF ------------------------------------------------------------------------------------------------------------------

def pdf(title, pages, image=None):
    """A PDF 1.4 of A4 pages, each a list of text lines; `image` is (width, height, gray octets) on the first page."""
    objects = {}
    count = len(pages)
    first = 5 if image is None else 6
    kids = " ".join(f"{first + 2 * index} 0 R" for index in range(count))
    objects[1] = b"<< /Type /Catalog /Pages 2 0 R >>"
    objects[2] = f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode()
    objects[3] = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
    objects[4] = f"<< /Title ({title}) /Producer (make-documents.py) >>".encode()
    if image is not None:
        width, height, octets = image
        objects[5] = stream(octets, f"/Type /XObject /Subtype /Image /Width {width} /Height {height} "
                                    "/ColorSpace /DeviceGray /BitsPerComponent 8 ")
    for index, lines in enumerate(pages):
        number = first + 2 * index
        has_image = image is not None and index == 0
        images = "/XObject << /I 5 0 R >> " if has_image else ""
        objects[number] = (f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {number + 1} 0 R "
                           f"/Resources << /Font << /F 3 0 R >> {images}>> >>").encode()
        text = "BT /F 12 Tf 16 TL 72 760 Td\n" + "".join(f"({line}) '\n" for line in lines) + "ET\n"
        if has_image:
            text += "q 320 0 0 320 137 200 cm /I Do Q\n"
        objects[number + 1] = stream(text.encode("latin-1"), "")
    return assemble(objects)


def stream(octets, entries):
    return f"<< {entries}/Length {len(octets)} >>\nstream\n".encode() + octets + b"\nendstream"


def assemble(objects):
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number in sorted(objects):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + objects[number] + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{offset:010} 00000 n \n".encode() for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 4 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def budget():
    headings = ["Budget 2027", "Staff", "Rooms and energy", "Equipment"]
    return pdf("Budget 2027", [
        [heading, ""] + [f"Item {item}: {1250 * item + 310 * page:,} EUR" for item in range(1, 13)]
        for page, heading in enumerate(headings)])


def handbook():
    """Just above 100 KiB: its one picture is 320 x 320 octets that are not compressed."""
    side = 320
    picture = bytes((x * x + y * y) // 800 % 256 for y in range(side) for x in range(side))
    chapters = ["Welcome", "Opening hours", "Badges", "Printing", "Scanning", "Paper", "Toner", "Privacy",
                "Costs", "Faults", "Contacts", "Index"]
    pages = [[f"{number}. {chapter}", ""] + [f"Paragraph {line} of the chapter {chapter}." for line in range(1, 21)]
             for number, chapter in enumerate(chapters, start=1)]
    return pdf("Handbook", pages, image=(side, side, picture))


# PostScript -----------------------------------------------------------------------------------------------------------

def letter():
    out = ["%!PS-Adobe-3.0", "%%Title: (Letter to the board)", "%%Creator: make-documents.py", "%%For: (Ana Perez)",
           "%%Pages: 3", "%%PageOrder: Ascend", "%%BoundingBox: 0 0 595 842", "%%LanguageLevel: 2",
           "%%DocumentData: Clean7Bit", "%%DocumentProcessColors: Black", "%%DocumentNeededResources: font Times-Roman",
           "%%EndComments", "%%BeginProlog", "/line { 72 exch moveto show } bind def", "%%EndProlog", "%%BeginSetup",
           "%%IncludeResource: font Times-Roman", "%%EndSetup"]
    for page in range(1, 4):
        out += [f"%%Page: {page} {page}", "%%BeginPageSetup", "/Times-Roman findfont 12 scalefont setfont",
                "%%EndPageSetup", f"(Letter to the board, page {page} of 3) 760 line"]
        out += [f"(Sentence {number} of this page.) {740 - 16 * number} line" for number in range(1, 31)]
        out += ["showpage"]
    return ("\n".join(out + ["%%Trailer", "%%EOF"]) + "\n").encode()


# PWG Raster (PWG 5102.4) ----------------------------------------------------------------------------------------------

WIDTH, HEIGHT, RESOLUTION = 1240, 1754, 150


def raster_header():
    header = bytearray(1796)

    def number(offset, *values):
        struct.pack_into(f">{len(values)}I", header, offset, *values)

    header[0:9] = b"PwgRaster"
    number(276, RESOLUTION, RESOLUTION)
    number(340, 1)                       # NumCopies
    number(352, 595, 842)                # PageSize in points
    number(372, WIDTH, HEIGHT)
    number(384, 8, 24, WIDTH * 3, 0, 19)  # BitsPerColor, BitsPerPixel, BytesPerLine, ColorOrder, ColorSpace sRGB
    number(420, 3)                       # NumColors
    number(456, 1, 1)                    # CrossFeedTransform, FeedTransform
    header[1732:1748] = b"iso_a4_210x297mm"
    return bytes(header)


def raster_line(pixels):
    """One line: a pixel repeated up to 128 times, or up to 128 pixels as they are."""
    out, at = bytearray(), 0
    while at < len(pixels):
        run = 1
        while at + run < len(pixels) and run < 128 and pixels[at + run] == pixels[at]:
            run += 1
        if run > 1:
            out += bytes([run - 1]) + bytes(pixels[at])
            at += run
            continue
        end = at + 1
        while end < len(pixels) and end - at < 128 and (end + 1 == len(pixels) or pixels[end] != pixels[end + 1]):
            end += 1
        literal = end - at
        out += bytes([257 - literal]) if literal > 1 else bytes([0])
        out += b"".join(bytes(pixel) for pixel in pixels[at:end])
        at = end
    return bytes(out)


def raster_page(pixel_at):
    """`pixel_at(x, y)` is asked for every sixteenth line, which is repeated."""
    out, y = bytearray(raster_header()), 0
    while y < HEIGHT:
        repeats = min(16, HEIGHT - y)
        out += bytes([repeats - 1]) + raster_line([pixel_at(x, y) for x in range(WIDTH)])
        y += repeats
    return bytes(out)


def poster():
    bands = [(200, 30, 40), (240, 170, 0), (30, 120, 60), (20, 60, 160)]

    def colored(x, y):
        inside = 100 <= x < WIDTH - 100 and 100 <= y < HEIGHT - 100
        return bands[(x + y) // 300 % 4] if inside else (255, 255, 255)

    def gray(x, y):
        inside = 100 <= x < WIDTH - 100 and 100 <= y < HEIGHT - 100
        if inside and y < 400 and 400 <= x < 500:
            return ((x - 400) * 2,) * 3
        return (((x + y) // 300 % 4) * 60,) * 3 if inside else (255, 255, 255)

    return b"RaS2" + raster_page(colored) + raster_page(gray)


# name: (octets, pages, pages with colour), the numbers as a person counts them
DOCUMENTS = {
    "budget.pdf": (budget, 4, 0),
    "handbook.pdf": (handbook, 12, 0),
    "letter.ps": (letter, 3, 0),
    "poster.pwg": (poster, 2, 1),
}


def main():
    lines = ["# Made by make-documents.py: name sha256 pages color-pages"]
    for name, (make, pages, color_pages) in DOCUMENTS.items():
        octets = make()
        (FOLDER / name).write_bytes(octets)
        lines.append(f"{name} {hashlib.sha256(octets).hexdigest()} {pages} {color_pages}")
    (FOLDER / "documents.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
