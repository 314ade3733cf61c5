# /// script
# requires-python = "==3.11.*"
# dependencies = ["scikit-learn==1.9.1"]
# ///
"""What scikit-learn's analyzers make of documents, for svcd's tests: tests/fixtures/text/analyzers.json.

A list of documents, and for each setting of a CountVectorizer its n-grams of each document, sorted and joined by U+001F; where these are long,
their CRC-32. The hashed ones have the columns and values of a HashingVectorizer instead.

    uv run scripts/text_analyzers.py
"""

import argparse
import json
import pathlib
import zlib

from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer

from text_documents import DOCUMENTS

LONG = 40

PATTERNS = [
    r"(?u)\b\w\w+\b", r"\w\w+", r"\w{2,}", r"\w+", r"(?u)\b\w+\b", r"[\w]+", r"\b\w\w\w+\b", r"\b\w{4,}\b", r"\S+", r"[^\s]+", "[^ ]+",
    "[a-zA-Z]+", "[a-zA-Z]{3,}", "[A-Za-z0-9]+", r"\b[a-zA-Z]+\b", r"\b[A-Za-z]{2,}\b", r"\b[a-zA-Z][a-zA-Z]+\b", r"\b[a-z]+\b",
    r"[^\W\d_]+", r"\b[^\d\W]+\b", r"[^\W\d]{2,}", r"[A-Za-z0-9]+(?=\s+)", r"\w+|\$[\d\.]+|\S+",
]

SETTINGS = [
    *({"token_pattern": pattern, "lowercase": lowercase} for pattern in PATTERNS for lowercase in (True, False)),
    *({"strip_accents": kind, "lowercase": lowercase} for kind in ("ascii", "unicode") for lowercase in (True, False)),
    {"stop_words": "english"},
    {"stop_words": ["the", "AND", "ας1", "an"]},
    {"stop_words": "english", "ngram_range": [1, 2]},
    *({"ngram_range": pair} for pair in ([1, 2], [1, 3], [2, 2], [3, 5])),
    *(
        {"analyzer": analyzer, "ngram_range": pair}
        for analyzer in ("char", "char_wb")
        for pair in ([1, 1], [2, 3], [1, 4], [5, 6], [3, 16])
    ),
    {"analyzer": "char_wb", "ngram_range": [2, 4], "strip_accents": "unicode"},
    {"analyzer": "char", "ngram_range": [3, 3], "lowercase": False, "stop_words": "english"},
]

HASHED = [
    {},
    {"n_features": 16, "alternate_sign": False},
    {"n_features": 4},
    {"n_features": 7, "binary": True},
    {"n_features": 2147483647, "analyzer": "char_wb", "ngram_range": [1, 2]},
    {"n_features": 1000, "ngram_range": [1, 2], "stop_words": "english"},
]


def main():
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    result = {"documents": DOCUMENTS, "analyzers": [], "hashed": []}
    for setting in SETTINGS:
        analyze = CountVectorizer(**as_arguments(setting)).build_analyzer()
        result["analyzers"].append({"setting": setting, "grams": [shown(analyze(document)) for document in DOCUMENTS]})
    for setting in HASHED:
        rows = HashingVectorizer(norm=None, **as_arguments(setting)).transform(DOCUMENTS)
        text = [
            ",".join(f"{column}:{value:.0f}" for column, value in zip(row.indices, row.data)) for row in rows
        ]
        result["hashed"].append({"setting": setting, "rows": [compact(row) for row in text]})
    path = pathlib.Path(__file__).resolve().parent.parent / "tests/fixtures/text/analyzers.json"
    path.write_text(json.dumps(result, ensure_ascii=False, separators=(",", ":")).replace('},{"', '},\n{"') + "\n")


def as_arguments(setting):
    return {name: tuple(value) if name == "ngram_range" else value for name, value in setting.items()}


def shown(grams):
    return compact("\x1f".join(sorted(grams)))


def compact(text):
    return text if len(text.encode()) <= LONG else zlib.crc32(text.encode())


if __name__ == "__main__":
    main()
