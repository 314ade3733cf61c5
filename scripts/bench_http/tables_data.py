# /// script
# requires-python = ">=3.11"
# dependencies = ["scikit-learn==1.9.1", "numpy==2.4.6", "scipy==1.17.1", "pandas==3.1.1"]
# ///
"""Made-up tables and texts, models trained on them, and how scikit-learn turns a file into labels.

Arguments, when run as a program: `models` and a folder, in which it writes a model of a table, one of texts, and a request for
each. Or table or text, the pickle, the file of rows, the file for labels; then it prints how long `predict` took.
"""

import json
import pickle
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

ONE_ROW = {"age": 22, "fare": 7.25, "sex": "male", "embarked": "S"}
WORDS, TOPICS, LENGTH = 20_000, 5, 20


def write_models(folder):
    """`table.pkl` and `text.pkl`, with the contents of requests for one row."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from sklearn.svm import SVC

    frame = passengers(900, 0)
    survived = (frame["sex"] == "female") ^ (np.random.default_rng(1).random(len(frame)) < 0.2)
    columns = ColumnTransformer(
        [
            ("num", make_pipeline(SimpleImputer(), StandardScaler()), ["age", "fare"]),
            ("cat", OneHotEncoder(handle_unknown="ignore"), ["sex", "embarked"]),
        ]
    )
    save(folder / "table.pkl", make_pipeline(columns, SVC()).fit(frame, np.where(survived, "survived", "died")))
    save(folder / "text.pkl", text_model(lambda topic: f"topic{topic}"))
    (folder / "table.json").write_text(json.dumps(ONE_ROW))
    (folder / "text.json").write_text(json.dumps({"text": documents(1, 4)[0][0]}))


def text_model(label):
    """TF-IDF and a LinearSVC; `label`: of a topic, from 0."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    texts, topics = documents(20_000, 2)
    # each word at least once
    own = vocabulary(WORDS)
    texts = texts + [" ".join(own[start : start + LENGTH]) for start in range(0, WORDS, LENGTH)]
    topics = np.concatenate([topics, np.arange(WORDS // LENGTH) % TOPICS])
    model = make_pipeline(TfidfVectorizer(), LinearSVC(random_state=0)).fit(texts, [label(topic) for topic in topics])
    assert len(model[0].vocabulary_) == WORDS
    return model


def write_words(folder, words):
    """`words.pkl`, a vectorizer of so many words."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    many = vocabulary(words)
    texts = [" ".join(many[start : start + 100]) for start in range(0, words, 100)]
    model = make_pipeline(TfidfVectorizer(), LinearSVC(random_state=0, max_iter=20, tol=1.0))
    save(folder / "words.pkl", model.fit(texts, np.arange(len(texts)) % 2))


def save(path, model):
    path.write_bytes(pickle.dumps(model))


def passengers(count, seed):
    """A table as of a ship: a fifth of the ages and a few ports are missing."""
    random = np.random.default_rng(seed)
    ages = np.round(random.uniform(1, 80, count))
    ages[random.random(count) < 0.2] = np.nan
    ports = random.choice(np.array(["S", "C", "Q"], dtype=object), count, p=[0.7, 0.2, 0.1])
    ports[random.random(count) < 0.01] = np.nan
    sexes = random.choice(np.array(["male", "female"], dtype=object), count)
    return pd.DataFrame({"age": ages, "fare": np.round(random.exponential(30, count), 2), "sex": sexes, "embarked": ports})


def vocabulary(count):
    """Different words of about nine letters."""
    letters = np.array(list("etaoinshrdlucmfwypvbgkjqxz"))
    random = np.random.default_rng(3)
    found = {}
    while len(found) < count:
        lengths = random.integers(5, 14, count)
        for length in lengths:
            found.setdefault("".join(letters[random.integers(0, 26, length)]))
    return list(found)[:count]


def documents(count, seed):
    """Texts of twenty words, frequent ones more often, of five topics."""
    random = np.random.default_rng(seed)
    words = np.array(vocabulary(WORDS))
    topics = random.integers(0, TOPICS, count)
    places = (WORDS * random.random((count, LENGTH)) ** 3).astype(int)
    # a few words are of the topic
    places[:, ::4] = places[:, ::4] // TOPICS * TOPICS + topics[:, None]
    return [" ".join(row) for row in words[places.clip(0, WORDS - 1)]], topics


def write_table(path, count):
    made = passengers(min(count, 100_000), 5).to_csv(index=False)
    head, rows = made.split("\n", 1)
    times = max(1, count // 100_000)
    path.write_text(head + "\n" + rows * times)


def write_documents(path, count):
    made = documents(min(count, 100_000), 6)[0]
    path.write_text(("\n".join(made) + "\n") * max(1, count // 100_000))


def main():
    if sys.argv[1] == "models":
        return write_models(Path(sys.argv[2]))
    kind, model, rows, labels = sys.argv[1:]
    if kind == "table":
        rows = pd.read_csv(rows)
    else:
        rows = Path(rows).read_text().split("\n")[:-1]
    with open(model, "rb") as file:
        model = pickle.load(file)
    began = time.perf_counter()
    found = model.predict(rows)
    print(f"predict took {time.perf_counter() - began:.3f}")
    pd.DataFrame({"predict": found}).to_csv(labels, index=False)


if __name__ == "__main__":
    main()
