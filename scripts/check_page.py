# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "playwright==1.65.2",
#     "greenlet==3.5.6",
#     "axe-playwright-python==0.1.7",
#     "scikit-learn==1.9.1",
#     "numpy==2.4.6",
#     "scipy==1.17.1",
#     "pandas==3.0.1",
#     "pillow==13.0.0",
# ]
# ///
"""Opens svcd's page in Chromium and uses it: light and dark, as wide as a desk and as narrow as a phone.

It uses models that scikit-learn trains here: iris, wine with strings, digits, a table with categories and missing values, texts, a regression, a
one-class SVM, a linear one. What it checks:

* Typical rows and ranges of columns are what scikit-learn's attributes say.
* The label on the page is scikit-learn's, for the first row shown and for others that are typed, chosen, slid to by keyboard and dragged to.
* The pixels of the picture have the labels that `svcd predict` gives for the same grid.
* The terms, and the words that weigh most, are those of scikit-learn's attributes.
* Files of up to 100,000 rows leave the page responsive while they are answered, and the answers are scikit-learn's.
* axe-core finds nothing serious. A wrong value turns its field red. The page says when the server goes away, and finds it again.
* A Host that is not the server's own gets no training rows.
* Models also open with names like markup, with labels above 2^53, with 26 labels in many scripts, without labels, without explanations, with one,
  200 and 784 features, with groups of columns, and with a warning. A shell runs every curl command.
* The console stays empty, no request goes to another server, and nothing sticks out of the window.

How soon a change and the whole picture are on the screen is reported as ratios to bare requests in the same page, and fails nothing. --speed
measures only that, over more rounds.

Prints a line for each model and look with the number of checks; ends with exit code 1 at the first that fails. Screenshots go to
target/page; those that the README shows go to --screenshots.

Needs Chromium (Debian: apt-get install chromium), curl, cargo unless --binary is given, and the network for the first run. Run
from anywhere:

    uv run scripts/check_page.py
"""

import argparse
import csv
import http.client
import io
import json
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Error, sync_playwright
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_digits, load_iris, load_wine, make_classification
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, OneClassSVM

from serving import ROOT, compiled, serving, start, stop

GOLDEN = ROOT / "tests" / "fixtures" / "golden"
# For a page or a command to do what is asked, in seconds.
PATIENCE = 60

MARKUP = ["</script><img src=x onerror=alert(1)>", "<b onclick=alert(2)>'\"&amp;", "${alert(3)}` \\", "__proto__"]
LABELS = ["<img src=x onerror=alert(4)>", "a:1:b", " 'c' "]


def quoted(names):
    """Names as the flags take them."""
    return ",".join('"' + name.replace('"', '""') + '"' for name in names)


# Models that are only opened: name to the arguments of svcd.
OPENED = {
    "iris": ["--class-names", "setosa,versicolor,virginica"],
    "markup": ["--feature-names", quoted(MARKUP), "--class-names", quoted(LABELS)],
    "probability": ["--model", str(GOLDEN / "probability_three.json")],
    "large_integer": ["--model", str(GOLDEN / "label_large_integer.json")],
    "pairs": ["--model", str(GOLDEN / "break_ties_ovo.json")],
    "doubtful": ["--model", str(GOLDEN.parent / "libsvm" / "rbf_5.model")],
    "one_feature": ["--model", str(GOLDEN / "features_1.json")],
    "one_vs_rest": ["--model", str(GOLDEN.parent / "wrappers" / "1.9.1" / "rest.joblib.z")],
    "wide": ["--model", str(GOLDEN / "features_200_rbf.json")],
}
WINDOWS = {"desk": {"width": 1280, "height": 1180}, "phone": {"width": 390, "height": 1400}}
LOOKS = [(window, scheme) for window in WINDOWS for scheme in ("light", "dark")]


class Failure(Exception):
    """The page is not what it should be."""


@dataclass
class Checker:
    """Compares, counts, and stops at the first difference."""

    count: int = 0
    told: str = ""

    def equal(self, what, found, expected):
        self.count += 1
        if found != expected:
            raise Failure(f"{what}: expected {expected!r}, found {found!r}")

    def near(self, what, found, expected, tolerance):
        self.count += 1
        if not abs(found - expected) <= tolerance:
            raise Failure(f"{what}: expected {expected!r}, found {found!r}")


def trained():
    """Name, fitted model and some of its rows."""
    iris, wine = load_iris(as_frame=True), load_wine(as_frame=True)
    digits, diabetes = load_digits(), load_diabetes(as_frame=True, scaled=False)
    yield "iris_names", SVC(gamma="scale").fit(iris.data, iris.target_names[iris.target]), iris.data
    yield "wine", make_pipeline(StandardScaler(), SVC()).fit(wine.data, wine.target_names[wine.target]), wine.data
    yield "digits", SVC(gamma=0.001).fit(digits.data[:300], digits.target[:300]), digits.data
    yield "table", *table()
    yield "texts", *texts()
    yield "svr", make_pipeline(StandardScaler(), SVR(C=50)).fit(diabetes.data[:150], diabetes.target[:150]), diabetes.data
    yield "one_class", OneClassSVM(nu=0.1).fit(iris.data.to_numpy()), iris.data.to_numpy()
    yield "linear", make_pipeline(StandardScaler(), LinearSVC(random_state=0)).fit(wine.data, wine.target_names[wine.target]), wine.data


def table():
    """A classifier of passengers, made up, some of whose cells are missing."""
    random = np.random.default_rng(0)
    n = 240
    sex, age = random.choice(["male", "female"], n), random.gamma(6, 5, n).round()
    age[random.random(n) < 0.15] = np.nan
    port = random.choice(["Cherbourg", "Queenstown", "Southampton"], n).astype(object)
    port[random.random(n) < 0.05] = np.nan
    passengers = {"class": random.choice([1, 2, 3], n), "sex": sex, "age": age, "fare": random.gamma(2, 15, n).round(2), "embarked": port}
    rows = pandas.DataFrame(passengers)
    lives = 2 * (sex == "female") - 0.8 * rows["class"] - 0.02 * rows["age"].fillna(30) + 0.02 * rows["fare"] > random.normal(-1, 0.7, n)
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
    steps = make_column_transformer((numbers, ["age", "fare"]), (categories, ["sex", "embarked"]), (OneHotEncoder(), ["class"]))
    return make_pipeline(steps, SVC()).fit(rows, np.where(lives, "survived", "died")), rows


def texts():
    """A classifier of short texts by their topic, made up, and texts."""
    topics = {
        "cooking": "bread soup salt oven taste dinner recipe butter",
        "наука": "атом cell planet энергия gene experiment theory data",
        "sport": "match goal team player score league coach season",
    }
    random, common = np.random.default_rng(0), "the a of and with in for"
    names = [list(topics)[place % 3] for place in range(240)]
    rows = [" ".join(random.choice(f"{topics[name]} {common}".split(), 9)) for name in names]
    return make_pipeline(TfidfVectorizer(), LinearSVC(random_state=0)).fit(rows, names), rows


def opened_only():
    """Models that are only opened, besides those of the fixtures: name to fitted model."""
    scripts = ["αλφα", "бета", "ガンマ", "دلتا", "हिन्दी", "한국어", "中文", "ไทย"]
    rows, labels = make_classification(520, 12, n_informative=10, n_classes=26, n_clusters_per_class=1, random_state=0)
    names = np.array([*scripts, *(chr(65 + place) * 3 for place in range(18))])
    yield "letters", make_pipeline(StandardScaler(), SVC()).fit(rows, names[labels])
    rows, labels = make_classification(60, 784, n_informative=20, random_state=0)
    yield "pixels", SVC().fit(rows * 40 + 100, labels)
    table_rows = table()[1]
    rows, is_old = table_rows[["sex", "embarked"]], table_rows["age"].fillna(30) > 30
    numbers = np.random.default_rng(0).normal(size=(len(rows), 17)).round(2)
    names = [*(f"measure_{place}" for place in range(14)), "age", "income 2019", "income 2020"]
    people = pandas.DataFrame(numbers, columns=names)
    people.insert(15, "sex", rows["sex"])
    people.insert(16, "port", rows["embarked"])
    steps = make_column_transformer((StandardScaler(), names[:14]), (OneHotEncoder(), ["sex", "port"]), remainder="passthrough")
    yield "people", make_pipeline(steps, LinearSVC(random_state=0)).fit(people, is_old)
    yield "categories", make_pipeline(OneHotEncoder(), LinearSVC(random_state=0)).fit(rows, is_old)


def main():
    options = parse_options()
    folder = ROOT / "target" / "page"
    folder.mkdir(parents=True, exist_ok=True)
    # The sandbox wants another user than root, who runs containers and CI; the page comes from this machine.
    flags = {"executable_path": options.chromium, "args": ["--no-sandbox"]}
    with sync_playwright() as playwright, playwright.chromium.launch(**flags) as browser, tempfile.TemporaryDirectory() as models:
        for title, check in parts(browser, options, folder, Path(models)):
            if options.only not in (None, title):
                continue
            checker = Checker()
            try:
                check(checker)
            except Failure as failure:
                print(f"FAILED  {title}: {failure}")
                return 1
            print(f"ok      {title}: {checker.count} checks{checker.told}", flush=True)
    print(f"screenshots in {folder.relative_to(ROOT)}")
    return 0


def parts(browser, options, folder, models):
    """All that is checked: title and function."""
    if options.speed:
        yield "speed", lambda checker: measure_speed(browser, options.binary, checker, 40, 9)
        return
    for name, model, rows in trained():
        path = models / f"{name}.pkl"
        path.write_bytes(pickle.dumps(model))
        arguments = ["--model", str(path), "--support-vectors", "show"]
        yield name, lambda checker: use(browser, options, arguments, (model, rows), folder / name, checker)
    yield "a server that goes away", lambda checker: lose_server(browser, options.binary, checker)
    yield "a foreign host", lambda checker: ask_from_foreign_host(options.binary, checker)
    yield "speed", lambda checker: measure_speed(browser, options.binary, checker, 10, 3)
    for name, model in opened_only():
        path = models / f"{name}.pkl"
        path.write_bytes(pickle.dumps(model))
        OPENED[name] = ["--model", str(path)]
    for name, arguments in OPENED.items():
        looks = LOOKS if name in ("iris", "markup") else LOOKS[:1]
        yield name, lambda checker: view(browser, options, name, arguments, looks, folder, checker)
    yield "a page of another origin", lambda checker: ask_from_another_origin(browser, options.binary, checker)


@contextmanager
def opened(browser, url, look, checker, has_picture=True):
    """The page, watched: whatever the console says or a request that leaves the server is a failure."""
    window, scheme = look
    context = browser.new_context(viewport=WINDOWS[window], color_scheme=scheme, accept_downloads=True)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(url)
        page.wait_for_selector("#routes details", state="attached")
        until(page, "document.querySelector('#label').textContent != '…'")
        if has_picture:
            settle(page)
        yield page, said
    except Error as error:
        raise Failure(f"{error}; the console says {said}") from error
    checker.equal("console", said, [])
    checker.equal("requests elsewhere", [other for other in asked if not other.startswith((url, "data:", "blob:"))], [])
    context.close()


def until(page, condition):
    """Waits until this is true in the page, whose policy forbids what Playwright would do for it."""
    for _ in range(10 * PATIENCE):
        if page.evaluate(condition):
            return
        page.wait_for_timeout(100)
    raise Failure(f"expected {condition} within {PATIENCE} s")


def settle(page):
    """Waits until nothing more is asked."""
    until(page, "document.querySelector('#drawn').textContent.includes('answers') && drawn.key == pictureKey() && Boolean(drawn.isDone)")


def use(browser, options, arguments, fitted, screenshot, checker):
    """Does all that people do, and compares with scikit-learn."""
    model, rows = fitted
    is_text = isinstance(rows, list)
    with served(options.binary, arguments) as url, opened(browser, url, LOOKS[0], checker, not is_text) as (page, said):
        check_label(page, fitted, checker)
        check_presets(page, fitted, checker)
        for preset in page.locator("#presets button").all():
            preset.click()
            check_label(page, fitted, checker)
        for choice in page.locator("#fields select").all():
            for option in choice.locator("option").all():
                choice.select_option(option.get_attribute("value"))
                check_label(page, fitted, checker)
        if is_text:
            write(page, fitted, checker)
        else:
            move(page, fitted, checker)
            settle(page)
            check_picture(page, options.binary, arguments, fitted, checker)
        check_terms(page, fitted, checker)
        check_ranges(page, fitted, checker)
        if not is_text:
            check_wrong(page, page.locator("#fields input:not([type=range])").first, said, checker)
        check_accessible(page, checker)
        check_file(page, fitted, checker)
        page.screenshot(path=f"{screenshot}.png", full_page=True)
        check_phone(page, f"{screenshot}-phone.png", checker)


def check_phone(page, screenshot, checker):
    """The same page in a narrow window, in the dark: nothing sticks out, and it can be read."""
    page.set_viewport_size(WINDOWS["phone"])
    page.emulate_media(color_scheme="dark")
    checker.equal("width on a phone", page.evaluate("document.documentElement.scrollWidth"), WINDOWS["phone"]["width"])
    check_accessible(page, checker)
    page.screenshot(path=screenshot, full_page=True)


def move(page, fitted, checker):
    """Types numbers, moves a slider by keyboard, drags the cross, and moves it by keyboard."""
    field, slider = page.locator("#fields input:not([type=range])").first, page.locator("#fields input[type=range]").first
    for part in (0.1, 0.9):
        low, high = float(slider.get_attribute("min")), float(slider.get_attribute("max"))
        field.fill(str(round(low + part * (high - low), 2)))
        check_label(page, fitted, checker)
    slider.focus()
    before = field.input_value()
    page.keyboard.press("ArrowLeft")
    checker.equal("the slider moves by keyboard", field.input_value() == before, False)
    check_label(page, fitted, checker)
    settle(page)
    drag(page, checker)
    check_label(page, fitted, checker)
    page.locator("#frame").focus()
    before = page.evaluate("Number(row[axes.x.index])")
    page.keyboard.press("ArrowRight")
    checker.equal("the cross moves by keyboard", page.evaluate("Number(row[axes.x.index])") > before, True)
    check_label(page, fitted, checker)


def write(page, fitted, checker):
    """Writes texts: of the training, of unknown words, and none."""
    model, rows = fitted
    for text in [*rows[:4], "zzz", "", 'salt "oven"\n\ttaste \\', rows[4]]:
        page.locator("#fields textarea").fill(text)
        check_label(page, fitted, checker)
    until(page, "!document.querySelector('#words').hidden")
    names, weights = model[0].get_feature_names_out(), model[-1].coef_
    lists = page.locator("#weights .bars").evaluate_all("all => all.map(list => [...list.children].map(line => [line.querySelector('.name').textContent, Number(line.querySelector('data').value)]))")
    checker.equal("lists of words", len(lists), 2 * len(weights))
    for place, (towards, away) in enumerate(zip(lists[::2], lists[1::2])):
        for words, sign in ((towards, 1), (away, -1)):
            largest = np.sort(sign * weights[place])[::-1][: len(words)]
            for (word, weight), expected in zip(words, largest):
                checker.near(f"a weight of {word}", sign * weight, expected, 1e-9)
                checker.near(f"the weight of {word}", weight, weights[place][list(names).index(word)], 1e-9)


def row_of(page, fitted):
    """The row in the fields, as scikit-learn wants it."""
    return as_rows(fitted, [[json.loads(cell) for cell in page.evaluate("cells()")]])


def as_rows(fitted, cells):
    model, rows = fitted
    if isinstance(rows, list):
        return [text for (text,) in cells]
    if isinstance(rows, pandas.DataFrame):
        return pandas.DataFrame(cells, columns=rows.columns).astype(rows.dtypes)
    return np.array(cells, dtype=float)


def check_label(page, fitted, checker):
    """The answer is there, and it is scikit-learn's for the row that is there."""
    expected = fitted[0].predict(row_of(page, fitted))[0]
    if isinstance(expected, (float, np.floating)):
        found = wait_for(lambda: page.evaluate("Number(model.answered)"), lambda found: abs(found - expected) <= 1e-9 * max(1, abs(expected)))
        checker.near("number", found, expected, 1e-9 * max(1, abs(expected)))
        return
    found = wait_for(lambda: page.text_content("#label"), lambda found: found == str(expected))
    checker.equal("label", found, str(expected))


def wait_for(read, is_right):
    """What is read at last: an answer is on its way."""
    found = read()
    for _ in range(10 * PATIENCE):
        if is_right(found):
            break
        time.sleep(0.1)
        found = read()
    return found


def drag(page, checker):
    """The cross goes where the pointer goes, and the row with it."""
    page.locator("#frame").scroll_into_view_if_needed()
    box = page.locator("#overlay").bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + box["height"] * 0.5)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.25, box["y"] + box["height"] * 0.3, steps=4)
    page.mouse.up()
    x, y, axes = page.evaluate("[Number(row[axes.x.index]), Number(row[axes.y.index]), [axes.x.low, axes.x.high, axes.y.low, axes.y.high, axes.x.step, axes.y.step]]")
    checker.near("the dragged number across", x, axes[0] + 0.25 * (axes[1] - axes[0]), axes[4] + 0.01 * (axes[1] - axes[0]))
    checker.near("the dragged number up", y, axes[2] + 0.7 * (axes[3] - axes[2]), axes[5] + 0.01 * (axes[3] - axes[2]))


def check_picture(page, binary, arguments, fitted, checker):
    """Every pixel in the middle of a cell has the colour of the label that `svcd predict` gives there."""
    size, x, y, ends = page.evaluate("[drawn.size, axes.x.index, axes.y.index, [axes.x.low, axes.x.high, axes.y.low, axes.y.high]]")
    grid = pandas.DataFrame(row_of(page, fitted)).loc[np.zeros(size * size, dtype=int)]
    steps = (np.arange(size) + 0.5) / size
    grid.isetitem(x, np.tile(ends[0] + steps * (ends[1] - ends[0]), size))
    grid.isetitem(y, np.repeat(ends[2] + steps * (ends[3] - ends[2]), size))
    text = grid.to_csv(index=False, header=False)
    command = [binary, "predict", *[word for word in arguments if word not in ("--support-vectors", "show")], "--header", "absent", "-"]
    told = subprocess.run(command, input=text, capture_output=True, text=True, check=True, env={}).stdout.splitlines()[1:]
    pixels = page.evaluate("""() => {
        const { data } = $("canvas").getContext("2d").getImageData(0, 0, 200, 200), { size } = drawn, found = [];
        for (let up = 0; up < size; up++) for (let across = 0; across < size; across++) {
            const at = (Math.floor(199 - (up + 0.5) * 200 / size + 0.5) * 200 + Math.floor((across + 0.5) * 200 / size)) * 4;
            found.push([data[at], data[at + 1], data[at + 2]]);
        }
        return found;
    }""")
    pixels = np.array(pixels, dtype=float)
    if page.evaluate("model.target") == "number":
        numbers = np.array([float(line) for line in told])
        shades = np.array(page.evaluate("[...Array(101).keys()].map(part => heat(part / 100))"))
        expected = shades[np.round(100 * (numbers - numbers.min()) / np.ptp(numbers)).astype(int)]
        checker.near("colours of the heat map", float(np.abs(pixels - expected).max()), 0, 6)
        return
    labels, colours, paper = page.evaluate("[model.labels.map(String), model.labels.map((_, index) => rgb(colour(index))), getComputedStyle($('picture')).backgroundColor.match(/[\\d.]+/g).map(Number)]")
    paper = np.array(paper[:3], dtype=float)
    away = []
    for shade in np.array(colours, dtype=float):
        # the colour of a class is mixed with that of the paper
        direction = shade - paper
        part = np.clip((pixels - paper) @ direction / (direction @ direction), 0.3, 1)
        away.append(np.abs(pixels - (paper + part[:, None] * direction)).max(axis=1))
    found = [labels[index] for index in np.argmin(away, axis=0)]
    wrong = sum(a != b for a, b in zip(found, told))
    checker.equal(f"pixels of another label, of {size * size}", wrong, 0)
    checker.near("colours that are no mixture", float(np.min(away, axis=0).max()), 0, 3)


def check_terms(page, fitted, checker):
    """The terms and their sum, out of scikit-learn's attributes."""
    model = fitted[0]
    estimator = model[-1] if hasattr(model, "steps") else model
    row = row_of(page, fitted)
    inner = model[:-1].transform(row) if hasattr(model, "steps") else np.asarray(row, dtype=float)
    inner = inner.toarray() if hasattr(inner, "toarray") else inner
    names = None
    if hasattr(estimator, "support_vectors_"):
        values = rbf_kernel(inner, estimator.support_vectors_, gamma=estimator._gamma)[0]
        if hasattr(estimator, "classes_"):
            scores = OvoScores(estimator, values)
            expected, intercept = scores.terms, scores.intercept
        else:
            expected, intercept = values * estimator.dual_coef_[0], estimator.intercept_[0]
    else:
        scores = estimator.decision_function(inner)[0]
        order = np.argsort(-scores)
        expected = inner[0] * (estimator.coef_[order[0]] - estimator.coef_[order[1]])
        intercept = estimator.intercept_[order[0]] - estimator.intercept_[order[1]]
        names = list(model[:-1].get_feature_names_out())
    size = 1e-9 * (np.abs(expected).sum() + abs(intercept) + 1)
    decision = expected.sum() + intercept
    read = "all => all.map(one => [one.parentElement.querySelector('.name').textContent, Number(one.value)])"
    shown = wait_for(lambda: page.locator("#terms data").evaluate_all(read), lambda shown: shown and abs(shown[-1][1] - decision) <= size)
    *terms, (_, total) = shown
    apart = {name: value for name, value in terms if name in ("all others", "intercept")}
    terms = [term for term in terms if term[0] not in apart]
    checker.near("the sum", total, decision, size)
    checker.near("the intercept", apart.get("intercept", 0), intercept, size)
    checker.near("what adds up", sum(value for _, value in terms) + sum(apart.values()), total, size)
    for sign in (1, -1):
        own = [(name, value) for name, value in terms if sign * value > 0]
        largest = np.sort(sign * expected[sign * expected > 0])[::-1]
        # of columns that have a curve each has a term
        checker.equal("terms of a side", len(own), min(13 if names else 5, len(largest)))
        for (name, value), other in zip(own, largest):
            checker.near(f"the term of {name}", sign * value, other, size)
            if names:
                checker.near(f"the column {name}", value, expected[names.index(name)], size)


class OvoScores:
    """What adds up for the predicted class of an SVC against the one with most votes after it."""

    def __init__(self, estimator, kernel_values):
        k = len(estimator.classes_)
        starts = np.concatenate([[0], np.cumsum(estimator.n_support_)])
        votes, pairs = np.zeros(k, dtype=int), {}
        for i in range(k):
            for j in range(i + 1, k):
                terms = np.zeros(len(kernel_values))
                for own, other in ((i, j), (j, i)):
                    part = slice(starts[own], starts[own + 1])
                    terms[part] = estimator._dual_coef_[other - 1 if other > own else other, part] * kernel_values[part]
                intercept = estimator._intercept_[len(pairs)]
                pairs[i, j] = terms, intercept
                votes[i if terms.sum() + intercept > 0 else j] += 1
        winner = int(np.argmax(votes))
        votes[winner] = -1
        rival = int(np.argmax(votes))
        terms, intercept = pairs[min(winner, rival), max(winner, rival)]
        sign = 1 if winner < rival else -1
        self.terms, self.intercept = sign * terms, sign * intercept


def check_presets(page, fitted, checker):
    """Typical rows of a table: for each class the mean of its support vectors, and of categories the most frequent one."""
    model, rows = fitted
    if not isinstance(rows, pandas.DataFrame) or all(kind.kind in "fi" for kind in rows.dtypes):
        return
    tree, estimator = model[0], model[-1]
    starts = np.concatenate([[0], np.cumsum(estimator.n_support_)])
    checker.equal("presets", page.locator("#presets button").all_text_contents(), [f"typical {label}" for label in estimator.classes_])
    for place, label in enumerate(estimator.classes_):
        mean = estimator.support_vectors_[starts[place] : starts[place + 1]].mean(axis=0)
        page.get_by_role("button", name=f"typical {label}").click()
        shown = dict(zip(rows.columns, row_of(page, fitted).iloc[0]))
        for _, step, columns in tree.transformers_:
            last = step[-1] if hasattr(step, "steps") else step
            if isinstance(last, StandardScaler):
                own, mean = last.inverse_transform(mean[None, : len(columns)])[0], mean[len(columns) :]
                for name, number in zip(columns, own):
                    step = page.evaluate("name => model.byName.get(name).step", name)
                    checker.near(f"a typical {name}", shown[name], number, step)
                continue
            for name, categories in zip(columns, last.categories_):
                checker.equal(f"a typical {name}", shown[name], categories[np.argmax(mean[: len(categories)])])
                mean = mean[len(categories) :]


def check_ranges(page, fitted, checker):
    """Where a linear model keeps no rows, sliders go as far as its scaler tells, and curves have scikit-learn's decisions at their ends."""
    model, rows = fitted
    if not isinstance(model[-1] if hasattr(model, "steps") else None, LinearSVC) or isinstance(rows, list):
        checker.equal("ranges", page.text_content("#guess"), "")
        return
    scaler, estimator = model[0], model[-1]
    count = len(rows.columns)
    checker.equal("ranges", page.text_content("#guess"), f"{count} sliders and curves use the scaler's usual range: the training range is unknown. ")
    columns = page.evaluate("model.columns.map(({ low, high, step }) => [low, high, step])")
    for name, (low, high, step), mean, deviation in zip(rows.columns, columns, scaler.mean_, scaler.scale_):
        for found, expected in ((low, mean - 3 * deviation), (high, mean + 3 * deviation)):
            checker.near(f"an end of {name}", found, expected, 1e-9 * abs(mean) + 1e-9 * deviation)
        slider = page.get_by_label(f"{name}, slider", exact=True)
        if slider.count():
            checker.near(f"the slider of {name}", float(slider.get_attribute("min")), low, step)
            checker.near(f"the slider of {name}", float(slider.get_attribute("max")), high, step)
    row = row_of(page, fitted)
    order = np.argsort(-estimator.decision_function(scaler.transform(row))[0])
    told = wait_for(lambda: page.locator("#curves svg").evaluate_all("all => all.map(one => one.getAttribute('aria-label'))"), len)
    checker.equal("curves", len(told), count)
    for text in told:
        name, numbers = text.split(": the decision goes from ")
        for decision, place in (end.split(" at ") for end in numbers.split(" to ")):
            moved = row.copy()
            moved[name] = float(place)
            scores = estimator.decision_function(scaler.transform(moved))[0]
            checker.near(f"the curve of {name}", float(decision), scores[order[0]] - scores[order[1]], 1e-9 * (1 + np.abs(scores).max()))


def check_wrong(page, field, said, checker):
    """What is no number turns its field red, with the server's own words; then all is as before."""
    before = field.input_value()
    field.fill("x")
    page.wait_for_selector("[aria-invalid=true]")
    checker.equal("the field that is wrong", field.get_attribute("aria-invalid"), "true")
    checker.equal("what is wrong", "number" in page.inner_text("#trouble") and "found a string" in page.inner_text("#trouble"), True)
    settle_errors(page, said, checker)
    field.fill(before)
    page.wait_for_selector("[aria-invalid=true]", state="detached")
    settle(page)


def settle_errors(page, said, checker):
    """The browser itself tells of every error status; the page says nothing more."""
    page.wait_for_timeout(500)
    checker.equal("console on an error", [text for text in said if "status of 400" not in text], [])
    said.clear()


def check_accessible(page, checker):
    results = Axe().run(page).response
    serious = [violation["id"] for violation in results["violations"] if violation["impact"] in ("serious", "critical")]
    checker.equal("axe-core", serious, [])
    checker.equal("rules of axe-core that passed", len(results["passes"]) > 20, True)


def check_file(page, fitted, checker):
    """Many rows: 100,000 for a model of few columns; what is downloaded has scikit-learn's answers."""
    model, rows = fitted
    frame = pandas.DataFrame({"text": rows} if isinstance(rows, list) else rows)
    if not isinstance(rows, pandas.DataFrame | list):
        frame.columns = [f"x{place}" for place in range(frame.shape[1])]
    count = 100_000 if frame.shape[1] < 6 and not isinstance(rows, list) else 5_000
    many = frame.iloc[np.arange(count) % len(frame)]
    page.evaluate("""() => {
        window.gaps = [];
        let last = performance.now();
        const tick = now => { window.gaps.push(now - last); last = now; requestAnimationFrame(tick); };
        requestAnimationFrame(tick);
    }""")
    page.set_input_files("#file", {"name": "rows.csv", "mimeType": "text/csv", "buffer": many.to_csv(index=False).encode()})
    page.wait_for_selector("#results:not([hidden])", timeout=300_000)
    gaps = page.evaluate("window.gaps")
    # one for each request of 2,000 rows, at least
    checker.equal("frames while the rows are answered", len(gaps) >= count / 2_000, True)
    if count == 100_000:
        checker.told += f"; {page.inner_text('#summary')}, the longest time without a frame {max(gaps):.0f} ms"
    checker.equal("rows in the table", page.locator("tbody tr").count(), 500)
    if page.locator("#doubt").is_visible():
        page.click("#doubt")
        checker.equal("doubts in order", page.evaluate("table.order.every((at, place) => !place || table.doubts[table.order[place - 1]] <= table.doubts[at])"), True)
    with page.expect_download() as download:
        page.click("#save")
    answered = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    expected = model.predict(rows)
    checker.equal("rows in the download", len(answered), count)
    for place, line in enumerate(answered):
        right = expected[place % len(expected)]
        if isinstance(right, (float, np.floating)):
            checker.near("a number of a file", float(line["predict"]), right, 1e-9 * max(1, abs(right)))
        else:
            checker.equal("a label of a file", line["predict"], str(right))


def lose_server(browser, binary, checker):
    """A server that goes away is told, and found again when it is back."""
    process, url = start(binary)
    port = url.rsplit(":", 1)[1]
    with opened(browser, url, LOOKS[0], checker) as (page, said):
        stop(process)
        page.locator("#presets button").first.click()
        until(page, "document.querySelector('#state').textContent.includes('does not answer')")
        process, _ = start(binary, "--port", port)
        until(page, "document.querySelector('#state').textContent == ''")
        until(page, "document.querySelector('#label').textContent == '0'")
        settle(page)
        checker.equal("console", [text for text in said if "ERR_CONNECTION_REFUSED" not in text and "ERR_CONNECTION_RESET" not in text], [])
        said.clear()
    stop(process)


def ask_from_foreign_host(binary, checker):
    """A name that points here from elsewhere gets no training rows."""
    with served(binary, []) as url:
        address = url.removeprefix("http://").strip("/")
        for host, has_rows in [("localhost:1", True), (address, True), ("attacker.example", False), ("localhost.attacker.example", False)]:
            body = json.dumps({"instances": [[6.1, 2.9, 4.6, 1.4]]})
            answer = raw(address, host, "POST", "/explain", body)
            terms = json.loads(answer)["explanations"][0]["contributions"]
            checker.equal(f"rows for {host}", ["row" in term for term in terms], [has_rows] * 8)
            listed = raw(address, host, "POST", "/explain", json.dumps({"instances": [[6.1, 2.9, 4.6, 1.4]], "support_vectors": True}))
            checker.equal(f"a list of rows for {host}", '"support_vectors":[' in listed, has_rows)
            told = json.loads(raw(address, host, "GET", "/v2/models/iris", None))["svcd"]
            checker.equal(f"what is told to {host}", told["support_vectors_shown"], "show" if has_rows else "ranges")


def raw(address, host, method, path, body):
    connection = http.client.HTTPConnection(address, timeout=PATIENCE)
    connection.request(method, path, body, {"Host": host, "Content-Type": "application/json"} if body else {"Host": host})
    return connection.getresponse().read().decode()


def view(browser, options, name, arguments, looks, folder, checker):
    """Opens a model: names, warnings, the answer, the width; and runs the curl lines."""
    with served(options.binary, ["--model-name", name, *arguments]) as url:
        model = get(f"{url}v2/models/{name}")
        svcd = model["svcd"]
        has_label = any(output["name"] == "predict" for output in model["outputs"])
        has_picture = has_label and any(input.get("parameters", {"kind": "number"})["kind"].startswith("number") for input in model["inputs"])
        for window, scheme in looks:
            with opened(browser, url, (window, scheme), checker, has_picture) as (page, said):
                checker.equal("heading", page.inner_text("h1"), name)
                warnings = svcd.get("warnings", [])
                checker.equal("is doubtful", bool(warnings), name == "doubtful")
                checker.equal("warnings", page.locator("#warnings p").all_text_contents(), [f"Warning: {text}" for text in warnings])
                shown = page.locator("#fields label").all_text_contents()
                checker.equal("fields", len(shown), min(12, len(svcd["feature_names"])) if len(svcd["feature_names"]) > 12 else len(svcd["feature_names"]))
                checker.equal("names of fields", set(shown) <= set(svcd["feature_names"]), True)
                checker.equal("groups", page.locator("#fields details").count() > 0, len(svcd["feature_names"]) > 12)
                titles = page.locator("#fields summary").all_text_contents()
                if len(svcd["feature_names"]) > 12:
                    check_groups(page, svcd["feature_names"], shown, said, checker)
                if name == "people":
                    check_people(page, titles, checker)
                row = [json.loads(cell) for cell in page.evaluate("cells()")]
                checker.equal("a picture", page.is_visible("#picture"), has_picture)
                checker.equal("why not", page.is_visible("#why") and page.text_content("#against") == svcd.get("not_explained"), "not_explained" in svcd)
                if has_label:
                    (label,) = get(f"{url}v1/models/{name}:predict", {"instances": [row]})["predictions"]
                    checker.equal("label", page.text_content("#label"), label if isinstance(label, str) else json.dumps(label))
                checker.equal("width", page.evaluate("document.documentElement.scrollWidth"), WINDOWS[window]["width"])
                checker.equal("images", page.locator("img").count(), 0)
                check_accessible(page, checker)
                page.screenshot(path=folder / f"{name}-{window}-{scheme}.png", full_page=True)
                if options.screenshots and name == "iris" and scheme == "light":
                    page.evaluate("scrollTo(0, 0)")
                    take_for_readme(page, WINDOWS[window]["width"], options.screenshots / f"page-{window}.png")
        run_curl_lines(browser, url, has_label, has_picture, checker)


def check_groups(page, names, shown, said, checker):
    """The columns that are not shown stand in groups, each once, and one that opens has a field for each; a search finds columns in them."""
    groups = page.locator("#fields details").all()
    counts = [int(text.rsplit("(", 1)[1].strip(")")) for text in page.locator("#fields summary").all_text_contents()]
    checker.equal("columns in groups", (sum(counts), max(counts) <= 50), (len(names) - len(shown), True))
    found = list(shown)
    for group, count in zip(groups, counts):
        checker.equal("fields of a closed group", group.locator("label").count(), 0)
        group.locator("summary").focus()
        page.keyboard.press("Enter")
        group.locator("label").first.wait_for()
        found += group.locator("label").all_text_contents()
        checker.equal("fields of an open group", group.locator("label:visible").count(), count)
    checker.equal("each column once", (len(found), set(found)), (len(names), set(names)))
    # what is wrong in a group that is closed again has to be seen
    field = groups[-1].locator("input:not([type=range]), select").last
    if field.get_attribute("inputmode") == "decimal":
        identity, before = field.get_attribute("id"), field.input_value()
        groups[-1].locator("summary").click()
        page.evaluate("index => { row[index] = 'x'; changed(); }", int(identity.removeprefix("cell-")))
        page.wait_for_selector(f"#{identity}[aria-invalid=true]")
        checker.equal("the field that is wrong is seen", page.is_visible(f"#{identity}"), True)
        page.fill(f"#{identity}", before)
        page.wait_for_selector("[aria-invalid=true]", state="detached")
        settle_errors(page, said, checker)
    page.fill("#search", names[-1])
    checker.equal("found", page.locator("#fields label").all_text_contents(), [names[-1]])
    page.fill("#search", "")
    checker.equal("groups again", page.locator("#fields details").count() > 0, True)


def check_people(page, titles, checker):
    """Groups by what names begin with and by kind; what is told of ranges that nothing or only a scaler knows."""
    beginnings = ["measure: measure_12 to measure_13 (2)", "number: age (1)", "category: sex to port (2)", "income: income 2019 to income 2020 (2)"]
    checker.equal("titles", titles, beginnings)
    told = [f"{count} sliders and curves use {source}: the training range is unknown. " for count, source in [(14, "the scaler's usual range"), (3, "a range around the row")]]
    checker.equal("ranges", page.text_content("#guess"), "".join(told))


def take_for_readme(page, width, path):
    """The upper part of the page, in 160 colours."""
    picture = page.screenshot(full_page=True, clip={"x": 0, "y": 0, "width": width, "height": 1270})
    colours = Image.open(io.BytesIO(picture)).convert("RGB").quantize(160, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    colours.save(path, optimize=True)


def run_curl_lines(browser, url, has_label, has_picture, checker):
    """Lets a shell run every line; a route that the model cannot answer says why."""
    with opened(browser, url, ("desk", "light"), checker, has_picture) as (page, _):
        lines = page.locator("#routes pre").all_text_contents()
        names = page.locator("#routes summary code").all_text_contents()
        if has_label:
            for language in ("curl", "Python", "JavaScript"):
                page.get_by_role("button", name=language, exact=True).click()
                checker.equal(f"code in {language}", url in page.text_content("#code"), True)
            page.get_by_role("button", name="curl", exact=True).click()
            lines.append(page.text_content("#code"))
            names.append("the row")
    items = get(f"{url}openapi.json")["paths"].values()
    operations = sum("operationId" in operation for item in items for operation in item.values())
    checker.equal("routes", len(lines), operations + has_label)
    for name, line in zip(names, lines):
        command = line.replace("curl ", f"curl -sS --max-time {PATIENCE} -o /dev/null -w '%{{http_code}}' ", 1)
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=PATIENCE)
        cannot = "-d '{}'" in line and "POST /v2/repository" not in name
        checker.equal(name, (done.stdout, done.stderr), ("400" if cannot else "200", ""))


def measure_speed(browser, binary, checker, rounds, pictures):
    """A change, and the whole picture, against bare requests of the same rows in the same page; medians."""
    with served(binary, []) as url, opened(browser, url, LOOKS[0], checker) as (page, _):
        shown, bare = page.evaluate("""async rounds => {
            const times = { shown: [], bare: [] }, body = () => inferBody([cells()], model.outputs);
            const post = text => fetch(model.infer, { method: "POST", headers: { "Content-Type": "application/json" }, body: text }).then(answer => answer.text());
            for (let round = 0; round < rounds; round++) {
                row[2] = String(4 + round / 100);
                let begin = performance.now();
                await post(body());
                times.bare.push(performance.now() - begin);
                begin = performance.now();
                await predict();
                await frame();
                times.shown.push(performance.now() - begin);
                await pause(400);
            }
            return [times.shown, times.bare];
        }""", rounds)
        picture, batch = page.evaluate("""async pictures => {
            const times = { picture: [], batch: [] };
            for (let round = 0; round < pictures; round++) {
                row[0] = String(5 + round / 10);
                const rows = Array.from({ length: 40000 }, (_, place) => pictureRows(200, place));
                const body = inferBody(rows, ["predict", model.score]);
                let begin = performance.now();
                await fetch(model.infer, { method: "POST", headers: { "Content-Type": "application/json" }, body }).then(answer => answer.text());
                times.batch.push(performance.now() - begin);
                begin = performance.now();
                await showPicture();
                await frame();
                times.picture.push(performance.now() - begin);
            }
            return [times.picture, times.batch];
        }""", pictures)
        shown, bare, picture, batch = map(statistics.median, (shown, bare, picture, batch))
        # a frame of 60 a second
        ratio = (shown - 1000 / 60) / bare
        checker.told = (
            f"; a change is on the screen after {shown:.1f} ms: a frame and {max(ratio, 0):.1f} round trips of {bare:.1f} ms, of at most 3; "
            f"the picture of 200 x 200 after {picture:.0f} ms: {picture / batch:.1f} times a batch of 40,000 rows ({batch:.0f} ms), of at most 10"
        )
        checker.equal("measured", bare > 0 and batch > 0, True)


# What a page may learn of an answer, in a list; "blocked" where the browser keeps it from the page.
FETCH = """async ([url, request]) => {
    try {
        const answer = await fetch(url, request);
        const fields = ["X-Request-Id", "X-Model-Hash", "Retry-After"].map((name) => answer.headers.get(name) !== null);
        return [answer.status, Object.keys(await answer.json()), ...fields];
    } catch (error) {
        return "blocked";
    }
}"""


def ask_from_another_origin(browser, binary, checker):
    """A page without a policy of its own, on one port, asks servers on others: with and without leave, and with a preflight."""
    question = {"method": "POST", "headers": {"Content-Type": "application/json", "X-Request-Id": "page-1"}}
    row = '{"instances": [[6.1, 2.9, 4.6, 1.4]]}'
    with served(binary, []) as address, browser.new_context() as context:
        own, page = address.rstrip("/"), context.new_page()
        page.goto(f"{own}/healthz")
        allowing = [[own], ["http://localhost:1", own], ["*"]]
        for flags, is_allowed in [*((flags, True) for flags in allowing), ([], False), (["http://localhost:1"], False)]:
            arguments = [word for origin in flags for word in ("--cors-origin", origin)]
            with served(binary, arguments) as url:
                for path, request, expected in [
                    ("/healthz", {}, [200, ["status"], True, False, False]),
                    ("/v1/models/iris:predict", {**question, "body": row}, [200, ["predictions"], True, True, False]),
                    ("/v1/models/iris:predict", {**question, "body": "{"}, [400, ERROR_KEYS, True, False, False]),
                    ("/v1/models/wine:predict", {**question, "body": row}, [404, ERROR_KEYS[:3], True, False, False]),
                    ("/metrics", {**question, "body": row}, [405, ERROR_KEYS[:3], True, False, False]),
                ]:
                    found = page.evaluate(FETCH, [url.rstrip("/") + path, request])
                    checker.equal(f"{path} with {flags}", found, expected if is_allowed else "blocked")
                    with_cookies = page.evaluate(FETCH, [url.rstrip("/") + path, {**request, "credentials": "include"}])
                    checker.equal(f"{path} with {flags} and cookies", with_cookies, "blocked")


ERROR_KEYS = ["error", "error_code", "message", "where", "expected"]


def get(url, content=None):
    """JSON; with content by POST."""
    data = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)


@contextmanager
def served(binary, arguments):
    """Serves a model on a free port of the loopback; gives the address of its page."""
    with serving(binary, *arguments) as url:
        yield url + "/"


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: uv run scripts/check_page.py --binary target/debug/svcd",
    )
    parser.add_argument("--binary", metavar="FILE", help="the svcd to open [default: target/release/svcd, compiled first]")
    parser.add_argument("--chromium", metavar="FILE", default="/usr/bin/chromium", help="[default: %(default)s]")
    parser.add_argument("--screenshots", metavar="FOLDER", type=Path, help="write the README's screenshots there")
    parser.add_argument("--only", metavar="TITLE", help="run only the checks printed under this title")
    parser.add_argument("--speed", action="store_true", help="measure only how soon answers are on the screen")
    options = parser.parse_args()
    if options.binary is None:
        options.binary = compiled()
    if not Path(options.chromium).is_file():
        parser.error(f"expected Chromium, found none at `{options.chromium}`: apt-get install chromium")
    return options


if __name__ == "__main__":
    sys.exit(main())
