
/** An error that the server has answered with. */
class Refusal extends Error {
  constructor(answer) { super(answer.error); this.where = answer.where ?? ""; }
}

/** One request; tries again, and says so, as long as the server does not answer at all. */
async function ask(path, body, read = parse) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body };
  for (let wait = 500; ; wait = Math.min(2 * wait, 4000)) {
    try {
      const answer = await fetch(path, options);
      if (answer.status == 503) throw new TypeError((await answer.json()).error);
      tell("");
      if (!answer.ok) throw new Refusal(await answer.json());
      return read(await answer.text());
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      tell("The server does not answer. Trying again …");
      await pause(wait);
    }
  }
}

function tell(trouble) {
  if ($("state").textContent == trouble) return;
  $("state").textContent = trouble;
  $("state").className = trouble ? "bad" : "";
}

let model;

/** The columns: what each is, and where its values lie. */
function columnsOf({ inputs, svcd }, example) {
  const isOne = inputs.length == 1 && inputs[0].shape.length == 2;
  return (isOne ? svcd.feature_names : inputs.map(input => input.name)).map((name, index) => {
    const isMissing = svcd.may_be_missing?.includes(name), { datatype, parameters = {} } = isOne ? {} : inputs[index];
    const { kind = isMissing ? "number_or_missing" : "number", categories, categories_count: count } = parameters;
    const column = { name, index, kind, datatype, categories, count, isNumber: /number|ignored/.test(kind) };
    const range = svcd.ranges?.[index], at = Number(example[index]) || 0;
    const reach = Math.max(1, Math.abs(at));
    const [low, high] = range ? range.map(Number) : [at - reach, at + reach];
    column.step = 10 ** Math.floor(Math.log10((high - low || 1) / 50));
    column.digits = Math.max(0, -Math.round(Math.log10(column.step)));
    column.hasRange = Boolean(range);
    [column.low, column.high] = high > low ? [low, high] : [low - 0.5, high + 0.5];
    return column;
  });
}

/** A number of a column as people would write it. */
const rounded = (column, number) => String(Number(Number(number).toFixed(Math.min(column.digits, 100))));

async function load() {
  const { info, paths, components: { schemas } } = await ask("openapi.json", undefined, JSON.parse);
  const of = id => Object.keys(paths).find(path => Object.values(paths[path]).some(item => item.operationId == id));
  const infer = of("v2_infer");
  const examples = paths[infer].post.requestBody.content["application/json"].examples;
  const example = examples?.predict?.value.inputs ?? [];
  const metadata = await ask(infer.slice(1, -"/infer".length));
  const { svcd, outputs } = metadata;
  const row = example.length == 1 && example[0].shape.length == 2 ? example[0].data : example.map(input => input.data[0]);
  const means = (svcd.means ?? []).filter(mean => mean.row.length == svcd.feature_names.length);
  model = {
    metadata, svcd, info, paths, row, means, schemas, infer: infer.slice(1), outputs: outputs.map(output => output.name),
    classes: svcd.classes, target: svcd.target, explain: of("explain")?.slice(1), columns: columnsOf(metadata, means[0]?.row ?? row),
  };
  model.isOne = metadata.inputs.length == 1 && metadata.inputs[0].shape.length == 2;
  model.labels = model.classes ?? (model.target == "inlier" ? ["-1", "1"] : []);
  // A score for each row that says how sure the answer is.
  const fits = ({ name, shape: [, width = 1] }) => name == "predict_proba" || name == "decision_function" && [1, model.labels.length].includes(Number(width));
  model.score = outputs.findLast(fits)?.name;
}

/** A cell as JSON: what is no number goes to the server as it is typed, which says what is wrong. */
function cell(column, value) {
  const text = String(value ?? "").trim();
  if (column.isNumber) {
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return text;
    if (text && Number.isFinite(Number(text)) && !/^0[xob]/i.test(text)) return String(Number(text));
    return text == "" && /missing/.test(column.kind) ? "null" : JSON.stringify(text);
  }
  if (value === null) return "null";
  return column.kind == "category" && column.datatype != "BYTES" && /^(true|false|-?[\d.]+([eE][+-]?\d+)?)$/.test(text) ? text : JSON.stringify(String(value));
}

/** A request for rows whose cells are JSON already. */
function inferBody(rows, outputs) {
  const wanted = `"outputs":${JSON.stringify(outputs.map(name => ({ name })))}`;
  if (model.isOne) return `{"inputs":[{"name":"X","shape":[${rows.length},${model.columns.length}],"datatype":"FP64","data":[${rows.join()}]}],${wanted}}`;
  const inputs = model.columns.map(({ name, datatype = "FP64" }, index) =>
    `{"name":${JSON.stringify(name)},"shape":[${rows.length}],"datatype":"${datatype}","data":[${rows.map(row => row[index]).join()}]}`);
  return `{"inputs":[${inputs.join()}],${wanted}}`;
}

/** Rows by name or, of a model of numbers, by position, for the routes below /v1 and for /explain. */
const rowJson = cells => model.isOne ? `[${cells.join()}]` : recordJson(cells);
const recordJson = cells => `{${model.columns.map(({ name }, index) => `${JSON.stringify(name)}: ${cells[index]}`).join(", ")}}`;

/** Answers to rows by output, each with its shape. */
async function infer(rows, outputs) {
  const answer = await ask(model.infer, inferBody(rows, outputs));
  return Object.fromEntries(answer.outputs.map(output => [output.name, { width: Number(output.shape[1] ?? 1), data: output.data }]));
}
