# /// script
# requires-python = "==3.11.*"
# dependencies = ["scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1"]
# ///
"""Compares svcd's answers to random documents with scikit-learn's: labels must be equal, and scores equal to the last bit.

Documents are random code points, from all planes or from one script, with white space and marks among them, and words that the vocabulary knows.
Each setting of a vectorizer is followed by a LinearSVC; the binary gets the documents as JSON lines.

    uv run scripts/differential_text.py --binary target/image/svcd
"""

import argparse
import json
import pathlib
import pickle
import random
import subprocess
import sys
import tempfile
import unicodedata
import warnings

from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

SETTINGS = {
    "default": TfidfVectorizer(),
    "bigrams": TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, max_features=20000),
    "ascii": TfidfVectorizer(strip_accents="ascii", token_pattern=r"\w+"),
    "unicode": CountVectorizer(strip_accents="unicode", lowercase=False),
    "split": TfidfVectorizer(token_pattern=r"\S+", norm="l1"),
    "letters": CountVectorizer(token_pattern=r"[^\W\d_]+", binary=True),
    "money": CountVectorizer(token_pattern=r"\w+|\$[\d\.]+|\S+"),
    "char": TfidfVectorizer(analyzer="char", ngram_range=(1, 3), max_features=20000),
    "char_wb": TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=20000),
    "hashing": HashingVectorizer(n_features=2**12, ngram_range=(1, 2)),
}

# letters that the two sides know alike: see the documentation of src/pipeline/text
ASSIGNED = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) not in ("Cn", "Cs")]
SCRIPTS = [(0x20, 0x7F), (0x20, 0x250), (0x370, 0x400), (0x400, 0x530), (0x590, 0x780), (0x900, 0xE00), (0xE00, 0x1000), (0x1E00, 0x2100),
           (0x2100, 0x2600), (0x3000, 0x3400), (0x4E00, 0x5000), (0xAC00, 0xAD00), (0xF900, 0xFB50), (0xFB50, 0xFF00), (0xFF00, 0xFFF0)]
WORDS = "the The THE cat dogs İstanbul ΣΑΣ ΑΣ. ΟΣ'Α straße STRAẞE ﬁne Å ǅ x² $1.50 $x a_b e-mail 1,000 हिन्दी السَّلامُ กรุงเทพ 你好".split()
BLANKS = [" ", " ", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\x1c", "\u0301", "'", ".", ":"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True, help="the svcd to try")
    parser.add_argument("--documents", type=int, default=20000, help="for all settings together (default: 20000)")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    source = random.Random(options.seed)
    wrong = 0
    for name, vectorizer in SETTINGS.items():
        training = [document(source) for _ in range(300)]
        asked = [document(source) for _ in range(options.documents // len(SETTINGS))] + training[:50] + ["", " "]
        model = make_pipeline(vectorizer, LinearSVC(random_state=0)).fit(training, [index % 3 for index in range(300)])
        expected = list(zip(model.predict(asked).tolist(), model.decision_function(asked).tolist()))
        found = answers(options.binary, model, asked)
        bad = [place for place, pair in enumerate(expected) if found[place] != pair]
        wrong += len(bad)
        print(f"{name}: {len(asked)} documents, {len(bad)} with another answer")
        for place in bad[:3]:
            print(f"  {asked[place]!r}: scikit-learn {expected[place]}, svcd {found[place]}")
    sys.exit(1 if wrong else 0)


def document(source):
    first, last = source.choice(SCRIPTS)
    letters = [lambda: source.choice(ASSIGNED), lambda: random_of(source, first, last), lambda: random_of(source, 0x61, 0x7B)]
    parts = []
    for _ in range(source.randrange(12)):
        pick = source.choice(letters)
        parts.append(source.choice(WORDS) if source.random() < 0.3 else "".join(pick() for _ in range(source.randrange(1, 8))))
        parts.append(source.choice(BLANKS))
    return "".join(parts)


def random_of(source, first, last):
    character = chr(source.randrange(first, last))
    return character if unicodedata.category(character) not in ("Cn", "Cs") else "x"


def answers(binary, model, asked):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.pkl"
        path.write_bytes(pickle.dumps(model))
        lines = "".join(json.dumps({"text": text}) + "\n" for text in asked)
        command = [binary, "predict", "--model", str(path), "--format-in", "jsonl", "--format", "jsonl", "--output", "predict,decision_function", "-"]
        made = subprocess.run(command, input=lines.encode(), capture_output=True, check=False)
    if made.returncode:
        sys.exit(f"{' '.join(command)}: {made.stderr.decode()}")
    records = [json.loads(line) for line in made.stdout.decode().splitlines()]
    return [(record["predict"], record["decision_function"]) for record in records]


if __name__ == "__main__":
    main()
