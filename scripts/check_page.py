# /// script
# requires-python = ">=3.11"
# dependencies = [
#     "playwright==1.65.2",
#     "greenlet==3.5.6",
# ]
# ///
"""Opens svcd's page in Chromium and uses it: light and dark, as wide as a desk and as narrow as a phone.

For each model the form has a labelled field for each feature; the button gives the label that the server gives to the same
numbers, a change gives another answer, and numbers that are none give the server's own error. Every curl line on the page is
run by a shell. The console has to stay empty, no request may leave the server, nothing may stick out of the window, and
features and labels that are named like markup may only be text.

Prints a line for each model and look with the number of checks; ends with exit code 1 at the first that fails. Screenshots go to
target/page.

Needs Chromium (Debian: apt-get install chromium), curl, cargo unless --binary is given, and the network for the first run. Run
from anywhere:

    uv run scripts/check_page.py
"""

import argparse
import json
import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "fixtures" / "golden"
TARGETS = ROOT / "tests" / "fixtures" / "targets" / "1.9.1"
# For a page, a command or a server to do what is asked, in seconds.
PATIENCE = 20

MARKUP = ["</script><img src=x onerror=alert(1)>", "<b onclick=alert(2)>'\"&amp;", "${alert(3)}` \\", "__proto__"]
LABELS = ["<img src=x onerror=alert(4)>", "a:1:b", " 'c' "]


def quoted(names):
    """Names as the flags take them."""
    return ",".join('"' + name.replace('"', '""') + '"' for name in names)


# Name to the arguments of svcd, and whether each feature has a field of its own.
MODELS = {
    "iris": ([], True),
    "markup": (["--feature-names", quoted(MARKUP), "--class-names", quoted(LABELS)], True),
    "probability": (["--model", str(GOLDEN / "probability_three.json")], True),
    "large_integer": (["--model", str(GOLDEN / "label_large_integer.json")], True),
    "pairs": (["--model", str(GOLDEN / "break_ties_ovo.json")], True),
    "doubtful": (["--model", str(GOLDEN.parent / "libsvm" / "rbf_5.model")], True),
    "wide": (["--model", str(GOLDEN / "features_200_rbf.json")], False),
    "number": (["--model", str(TARGETS / "pipeline.p5")], True),
    "side": (["--model", str(TARGETS / "pipeline_one_class.joblib.z")], True),
}
WINDOWS = {"desk": {"width": 1280, "height": 900}, "phone": {"width": 375, "height": 740}}
SCHEMES = ["light", "dark"]


class Failure(Exception):
    """The page is not what it should be."""


@dataclass
class Checker:
    """Compares, counts, and stops at the first difference."""

    count: int = 0

    def equal(self, what, found, expected):
        self.count += 1
        if found != expected:
            raise Failure(f"{what}: expected {expected!r}, found {found!r}")


def main():
    options = parse_options()
    folder = ROOT / "target" / "page"
    folder.mkdir(parents=True, exist_ok=True)
    # The sandbox wants another user than root, who runs containers and CI; the page comes from this machine.
    flags = {"executable_path": options.chromium, "args": ["--no-sandbox"]}
    with sync_playwright() as playwright, playwright.chromium.launch(**flags) as browser:
        for name, (arguments, has_fields) in MODELS.items():
            with served(options.binary, ["--model-name", name, *arguments]) as url:
                for look in [(window, scheme) for window in WINDOWS for scheme in SCHEMES]:
                    checker = Checker()
                    try:
                        visit(browser, url, has_fields, look, checker, folder / f"{name}-{'-'.join(look)}.png")
                        if look == ("desk", "light"):
                            run_curl_lines(browser, url, checker)
                    except Failure as failure:
                        print(f"FAILED  {name}, {' and '.join(look)}: {failure}")
                        return 1
                    print(f"ok      {name}, {' and '.join(look)}: {checker.count} checks", flush=True)
        checker = Checker()
        try:
            ask_from_another_origin(browser, options.binary, checker)
        except Failure as failure:
            print(f"FAILED  a page of another origin: {failure}")
            return 1
        print(f"ok      a page of another origin: {checker.count} checks")
    print(f"screenshots in {folder.relative_to(ROOT)}")
    return 0


@contextmanager
def opened(browser, url, look, checker):
    """The page, watched: whatever the console says or a request that leaves the server is a failure."""
    window, scheme = look
    context = browser.new_context(viewport=WINDOWS[window], color_scheme=scheme)
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(url)
        page.wait_for_selector("#routes details")
        yield page, said
    except Error as error:
        raise Failure(f"{error}; the console says {said}") from error
    checker.equal("console", said, [])
    checker.equal("requests elsewhere", [other for other in asked if not other.startswith((url, "data:"))], [])
    context.close()


def visit(browser, url, has_fields, look, checker, screenshot):
    metadata = get(f"{url}v2/models")["models"][0]
    model = get(f"{url}v2/models/{metadata}")
    names = model["svcd"]["feature_names"]
    outputs = [output["name"] for output in model["outputs"]]
    has_classes = "classes" in model["svcd"]
    with opened(browser, url, look, checker) as (page, said):
        checker.equal("heading", page.inner_text("h1"), metadata)
        warnings = model["svcd"].get("warnings", [])
        checker.equal("is doubtful", bool(warnings), metadata == "doubtful")
        checker.equal("warnings", page.locator("#warnings p").all_text_contents(), [f"Warning: {text}" for text in warnings])
        if has_fields:
            fields = [page.get_by_label(name, exact=True) for name in names]
            checker.equal("fields", [field.count() for field in fields], [1] * len(names))
            row = [float(field.input_value()) for field in fields]
        else:
            fields = [page.get_by_role("textbox")]
            row = [float(number) for number in fields[0].input_value().split(", ")]
        check_answer(page, url, metadata, row, outputs, has_classes, checker)
        page.screenshot(path=screenshot, full_page=True)
        checker.equal("width", page.evaluate("document.documentElement.scrollWidth"), WINDOWS[look[0]]["width"])
        checker.equal("images", page.locator("img").count(), 0)

        row = [10 * number - 7.25 for number in row]
        for field, text in zip(fields, [str(number) for number in row] if has_fields else [" ".join(map(str, row))]):
            field.fill(text)
        check_answer(page, url, metadata, row, outputs, has_classes, checker)
        if not has_fields:
            fields[0].fill("1, x")
            page.get_by_role("button").click()
            page.wait_for_selector(".bad")
            checker.equal("error", "expected" in page.inner_text("output"), True)
            # The browser itself tells of every error status.
            checker.equal("console on an error", ["status of 400" in text for text in said], [True])
            said.clear()


def check_answer(page, url, name, row, outputs, has_classes, checker):
    """Presses the button, and compares with what the server says of the same row."""
    page.evaluate("document.querySelector('output').replaceChildren()")
    page.get_by_role("button").click()
    page.wait_for_selector("output > *")
    parameters = {"parameters": {"classification": 10}} if has_classes else {}
    wanted = [{"name": output, **parameters} for output in outputs if output != "predict"]
    tensor = {"name": "X", "shape": [1, len(row)], "datatype": "FP64", "data": row}
    answers = {
        output["name"]: output["data"]
        for output in (get(f"{url}v2/models/{name}/infer", {"inputs": [tensor], "outputs": wanted})["outputs"] if wanted else [])
    }
    if "predict" in outputs:
        (label,) = get(f"{url}v1/models/{name}:predict", {"instances": [row]})["predictions"]
        # textContent: what is there, not how it is shown.
        checker.equal("label", page.text_content("output b"), str(label))
    tables = page.locator("output table").all()
    checker.equal("tables", len(tables), len(answers))
    for table, (output, ranked) in zip(tables, answers.items()):
        if not has_classes:
            shown = (table.locator("th").text_content(), table.locator("td").text_content())
            checker.equal(output, shown, (output, str(*ranked)))
            continue
        checker.equal(output, table.locator("caption").text_content().split(",")[0], output)
        scores = [line.split(":", 2) for line in ranked]
        checker.equal(f"{output}: labels", table.locator("th").all_text_contents(), [label for *_, label in scores])
        checker.equal(f"{output}: scores", table.locator("td").all_text_contents(), [score for score, *_ in scores])


def run_curl_lines(browser, url, checker):
    """Lets a shell run every line; a route that the model cannot answer says why."""
    with opened(browser, url, ("desk", "light"), checker) as (page, _):
        lines = page.locator("#routes pre").all_text_contents()
        names = page.locator("#routes code").all_text_contents()
    items = get(f"{url}openapi.json")["paths"].values()
    checker.equal("routes", len(lines), sum("operationId" in operation for item in items for operation in item.values()))
    for name, line in zip(names, lines):
        command = line.replace("curl ", f"curl -sS --max-time {PATIENCE} -o /dev/null -w '%{{http_code}}' ", 1)
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, timeout=PATIENCE)
        cannot = "-d '{}'" in line and "POST /v2/repository" not in name
        checker.equal(name, (done.stdout, done.stderr), ("400" if cannot else "200", ""))


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
    command = [binary, "serve", "--port", "0", *arguments]
    process = subprocess.Popen(command, env={}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        line = process.stdout.readline()
        if "http://" not in line:
            sys.exit(f"error: failed to start `{binary}`: expected the line with its address, found {line!r}")
        yield "http://" + line.split("http://")[1].split()[0] + "/"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def parse_options():
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        epilog="example: uv run scripts/check_page.py --binary target/debug/svcd",
    )
    parser.add_argument("--binary", metavar="FILE", help="the svcd to open [default: target/release/svcd, compiled first]")
    parser.add_argument("--chromium", metavar="FILE", default="/usr/bin/chromium", help="[default: %(default)s]")
    options = parser.parse_args()
    if options.binary is None:
        subprocess.run(["cargo", "build", "--release", "--locked"], cwd=ROOT, check=True)
        options.binary = str(ROOT / "target" / "release" / "svcd")
    if not Path(options.chromium).is_file():
        parser.error(f"expected Chromium, found none at `{options.chromium}`: apt-get install chromium")
    return options


if __name__ == "__main__":
    sys.exit(main())
