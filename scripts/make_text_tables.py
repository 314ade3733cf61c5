# /// script
# requires-python = "==3.11.*"
# dependencies = ["scikit-learn==1.9.1"]
# ///
"""Makes the tables of Python's rules for text in src/pipeline/text, and what the tests compare them with.

src/pipeline/text/unicode.bin    zlib over whole numbers in LEB128: ranges of `\\w` and of `\\d` as (gap, length), then what NFKD without combining
                                 characters makes of each code point that it changes: gaps, lengths, differences between characters.
                                 Hangul syllables are left out: they follow a formula.
src/pipeline/text/english.txt    scikit-learn's ENGLISH_STOP_WORDS (BSD-3-Clause), sorted, a word a line.
tests/fixtures/text/python.json  CRC-32 of each rule for each 4,096 code points, by this Python's own `re`, `str` and `unicodedata`.

The rules are those of CPython 3.11 (Unicode 14.0): uv run scripts/make_text_tables.py
"""

import argparse
import json
import pathlib
import platform
import re
import unicodedata
import zlib

from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, strip_accents_ascii, strip_accents_unicode

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCK = 0x1000
CODE_POINTS = [code for code in range(0x110000) if not 0xD800 <= code < 0xE000]
HANGUL = range(0xAC00, 0xD7A4)


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    words = "\n".join(sorted(ENGLISH_STOP_WORDS)) + "\n"
    folder = ROOT / "src/pipeline/text"
    (folder / "english.txt").write_text(words)
    (folder / "unicode.bin").write_bytes(zlib.compress(tables(), 9))
    fixture = ROOT / "tests/fixtures/text/python.json"
    fixture.parent.mkdir(exist_ok=True)
    fixture.write_text(json.dumps(expected(), separators=(",", ":")).replace('],"', '],\n"') + "\n")


def tables():
    """The numbers of unicode.bin."""
    numbers = []
    for pattern in (r"\w", r"\d"):
        matches = re.compile(pattern).match
        found = ranges(code for code in CODE_POINTS if matches(chr(code)))
        numbers.append(len(found))
        last = 0
        for start, end in found:
            numbers += [start - last, end - start]
            last = end
    changed = [(code, without_marks(chr(code))) for code in CODE_POINTS if code not in HANGUL]
    changed = [(code, text) for code, text in changed if text != chr(code)]
    numbers.append(len(changed))
    last = 0
    for code, _ in changed:
        numbers.append(code - last)
        last = code
    numbers += [len(text) for _, text in changed]
    first = 0
    for _, text in changed:
        last = first
        for character in text:
            difference = ord(character) - last
            numbers.append(difference * 2 if difference >= 0 else -difference * 2 - 1)
            last = ord(character)
        first = ord(text[0]) if text else first
    return b"".join(map(leb128, numbers))


def without_marks(text):
    return "".join(character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character))


def ranges(codes):
    """Half-open ranges of ascending numbers."""
    found = []
    for code in codes:
        if found and found[-1][1] == code:
            found[-1][1] = code + 1
        else:
            found.append([code, code + 1])
    return found


def leb128(number):
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def expected():
    """What each rule gives for each code point, by scikit-learn's and Python's own functions, as checksums."""
    bit = lambda pattern: lambda text: "1" if re.match(pattern, text) else "0"
    rules = {
        "word": bit(r"\w"),
        "digit": bit(r"\d"),
        "space": bit(r"\s"),
        "split": lambda text: "0" if text.split() else "1",
        "strip_ascii": lambda text: strip_accents_ascii(text) + "\n",
        "strip_unicode": lambda text: strip_accents_unicode(text) + "\n",
    }
    result = {"python": platform.python_version(), "unicode": unicodedata.unidata_version}
    result["assigned"] = ranges(code for code in CODE_POINTS if unicodedata.category(chr(code)) != "Cn")
    assigned = {code for start, end in result["assigned"] for code in range(start, end)}
    for name, rule in rules.items():
        result[name] = blocks(rule, CODE_POINTS)
    result["lower_of_assigned"] = blocks(lambda text: text.lower() + "\n", sorted(assigned & set(CODE_POINTS)))
    return result


def blocks(rule, codes):
    """A CRC-32 for each block that has one of the code points."""
    sums = {}
    for code in codes:
        block = code // BLOCK
        sums[block] = zlib.crc32(rule(chr(code)).encode(), sums.get(block, 0))
    return [[block, checksum] for block, checksum in sums.items()]


if __name__ == "__main__":
    main()
