
const RECORD_COLUMNS_MAX = 16;
const quote = word => `'${word.replaceAll("'", "'\\''")}'`;
const shell = (url, body) => `curl ${quote(url)}` + (body ? ` \\\n  -H 'Content-Type: application/json' \\\n  -d ${quote(body)}` : "");
const address = path => new URL(path, document.baseURI).href;

/** The current row as a request: by name where the columns are few. */
function request() {
  const isNamed = model.columns.length <= RECORD_COLUMNS_MAX || !model.isOne;
  return isNamed ? [address("."), recordJson(cells()), "val"] : [address(model.infer.replace(/^v2(.*)\/infer$/, "v1$1:predict")), `{"instances": [${rowJson(cells())}]}`, "predictions"];
}

const LANGUAGES = {
  curl: () => shell(...request()),
  Python: () => {
    const [url, body, key] = request();
    const literal = body.replace(/"(?:[^"\\]|\\.)*"|null|true|false/g, word => ({ null: "None", true: "True", false: "False" })[word] ?? word);
    return `import requests\n\nanswer = requests.post(${json(url)}, json=${literal})\nprint(answer.json()["${key}"])`;
  },
  JavaScript: () => {
    const [url, body, key] = request();
    return `const answer = await fetch(${json(url)}, {\n  method: "POST",\n  headers: { "Content-Type": "application/json" },\n  body: JSON.stringify(${body}),\n});\nconsole.log((await answer.json()).${key});`;
  },
};
let language = "curl";

function showCode() {
  put("code", LANGUAGES[language]());
  for (const button of $("languages").children) button.ariaPressed = button.textContent == language;
}

function startCode() {
  const choose = name => () => { language = name; showCode(); };
  put("languages", ...Object.keys(LANGUAGES).map(name => make("button", { onclick: choose(name) }, name)));
  $("copy").onclick = async () => {
    // Browsers give pages the clipboard over HTTPS and on this machine alone.
    try { await navigator.clipboard.writeText($("code").textContent); } catch {
      getSelection().selectAllChildren($("code"));
      document.execCommand("copy");
    }
    put("copy", "Copied");
    setTimeout(() => put("copy", "Copy"), 2000);
  };
}

/** How a shell sends a request, with the first of its examples. */
function curl(path, { requestBody }) {
  const [example] = Object.values(requestBody?.content["application/json"].examples ?? { "": { value: {} } });
  return shell(address(path.slice(1)), requestBody && json(example.value));
}

function showRoutes() {
  const known = {};
  for (const [path, item] of Object.entries(model.paths)) for (const [method, operation] of Object.entries(item)) {
    // At its further paths a route has no id.
    if (!operation.operationId) {
      known[operation.summary].append(make("p", `The same at ${path}`));
      continue;
    }
    const title = make("summary", make("code", `${method.toUpperCase()} ${path}`), make("span", operation.summary));
    known[operation.summary] = make("details", title, make("pre", { tabIndex: 0 }, curl(path, operation)));
    $("routes").append(known[operation.summary]);
  }
}

function showCard() {
  const { metadata, svcd } = model;
  const facts = {
    "name": metadata.name, "version": metadata.versions[0], "estimator": svcd.estimator,
    "kernel": svcd.kernel && [svcd.kernel, ...["gamma", "coef0", "degree"].filter(name => svcd[name] !== undefined).map(name => `${name} ${svcd[name]}`)].join(", "),
    "classes": svcd.classes?.slice(0, 30).join(", "), "columns": model.columns.length,
    "support vectors": svcd.support_vectors, "trained by": svcd.sklearn_version && `scikit-learn ${svcd.sklearn_version}`, "SHA-256": svcd.sha256,
  };
  put("card", ...Object.entries(facts).filter(([, fact]) => fact !== undefined && fact !== "").flatMap(([name, fact]) => [make("dt", name), make("dd", fact)]));
  const warnings = svcd.warnings ?? [];
  put("warnings", ...warnings.map(warning => make("p", `Warning: ${warning}`)));
  $("warnings").hidden = !warnings.length;
}
