
/** An error that the server has answered with. */
class Refusal extends Error {
  constructor(answer) { super(answer.error); this.where = answer.where ?? ""; }
}

/** One request; tries again, and says so, as long as the server does not answer at all. */
async function ask(path, body, read = parse) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body };
  for (let wait = 500; ; wait = min(2 * wait, 4000)) {
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
  put("state", trouble);
  $("state").className = trouble ? "bad" : "";
}

let model;

/** The columns: what each is, and where its values lie. */
function columnsOf({ inputs, svcd }, isOne, example, categoriesOf) {
  return (isOne ? svcd.feature_names : inputs.map(input => input.name)).map((name, index) => {
    const isMissing = svcd.may_be_missing?.includes(name), { datatype, parameters = {} } = isOne ? {} : inputs[index];
    const { kind = isMissing ? "number_or_missing" : "number", categories_count: count } = parameters;
    const column = { name, index, kind, datatype, count, categories: categoriesOf[index], isNumber: /number|ignored/.test(kind) };
    const range = svcd.ranges?.[index], usual = svcd.usual_ranges?.[index], at = Number(example[index]) || 0, reach = max(1, abs(at));
    const [low, high] = (range ?? usual ?? [at - reach, at + reach]).map(Number);
    column.guess = range || !column.isNumber ? "" : usual ? "the scaler's usual range" : "a range around the row";
    column.step = 10 ** floor(Math.log10((high - low || 1) / 50));
    column.digits = max(0, -round(Math.log10(column.step)));
    [column.low, column.high] = high > low ? [low, high] : [low - 0.5, high + 0.5];
    return column;
  });
}

/** The place of a label among those of the model. */
const placeOf = label => model.places.get(String(label)) ?? -1;

/** A number of a column as people would write it. */
const rounded = (column, number) => String(Number(Number(number).toFixed(min(column.digits, 100))));
const short = (column, number) => figure(rounded(column, number)).textContent;

async function load() {
  const { info, paths } = await ask("openapi.json", undefined, JSON.parse);
  const of = id => Object.keys(paths).find(path => Object.values(paths[path]).some(item => item.operationId == id));
  const infer = of("v2_infer");
  const [{ value: { inputs: example } }] = Object.values(paths[infer].post.requestBody.content["application/json"].examples);
  const text = await ask(infer.slice(1, -"/infer".length), undefined, String);
  const metadata = parse(text), { svcd, outputs } = metadata;
  // a category is what it is: 1 is not "1"
  const plain = JSON.parse(text), categories = plain.inputs.map(({ parameters }) => parameters?.categories);
  const row = example.length == 1 && example[0].shape.length == 2 ? example[0].data : example.map(input => input.data[0]);
  const isOne = metadata.inputs.length == 1 && metadata.inputs[0].shape.length == 2;
  const means = (svcd.means ?? []).map((mean, place) => ({ ...mean, row: plain.svcd.means[place].row }));
  model = {
    metadata, svcd, info, paths, row, names: svcd.feature_names, means, isOne, infer: infer.slice(1), outputs: outputs.map(output => output.name), target: svcd.target,
    explain: svcd.not_explained ? undefined : of("explain").slice(1), columns: columnsOf(metadata, isOne, means[0]?.row ?? row, categories),
    labels: svcd.classes ?? (svcd.target == "inlier" ? ["-1", "1"] : []),
  };
  model.places = new Map(model.labels.map((label, place) => [String(label), place]));
  // A score for each row that says how sure the answer is.
  const fits = ({ name, shape: [, width = 1] }) => name == "predict_proba" || name == "decision_function" && [1, model.labels.length].includes(Number(width));
  model.score = outputs.find(fits)?.name;
}

/** A cell as JSON: what is no number goes to the server as it is typed, which says what is wrong. */
function cell(column, value) {
  const text = String(value ?? "").trim(), { categories } = column;
  if (column.isNumber) {
    if (/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text)) return text;
    if (text && Number.isFinite(Number(text)) && !/^0[xob]/i.test(text)) return String(Number(text));
    return text == "" && /missing/.test(column.kind) ? "null" : json(text);
  }
  if (value === null || text == "" && categories?.includes(null) && !categories.includes("")) return "null";
  if (typeof value != "string") return json(value ?? "");
  if (column.datatype == "BOOL" && /^(true|false)$/i.test(text)) return text.toLowerCase();
  return /INT64|FP64/.test(column.datatype) && Number.isFinite(Number(text)) && text ? String(Number(text)) : json(value);
}

/** A request for rows whose cells are JSON already. */
function inferBody(rows, outputs) {
  const wanted = `"outputs":${json(outputs.map(name => ({ name })))}`;
  if (model.isOne) return `{"inputs":[{"name":"X","shape":[${rows.length},${model.columns.length}],"datatype":"FP64","data":[${rows.join()}]}],${wanted}}`;
  const inputs = model.columns.map(({ name, datatype = "FP64" }, index) =>
    `{"name":${json(name)},"shape":[${rows.length}],"datatype":"${datatype}","data":[${rows.map(row => row[index]).join()}]}`);
  return `{"inputs":[${inputs.join()}],${wanted}}`;
}

/** Rows by name or, of a model of numbers, by position, for the routes below /v1 and for /explain. */
const rowJson = cells => model.isOne ? `[${cells.join()}]` : recordJson(cells);
const recordJson = cells => `{${model.columns.map(({ name }, index) => `${json(name)}: ${cells[index]}`).join(", ")}}`;

/** The values of one row among an output's answers. */
const valuesOf = ({ width, data }, row) => data.slice(row * width, (row + 1) * width);

/** Answers to rows by output, each with its shape. */
async function infer(rows, outputs) {
  const answer = await ask(model.infer, inferBody(rows, outputs));
  return Object.fromEntries(answer.outputs.map(output => [output.name, { width: Number(output.shape[1] ?? 1), data: output.data }]));
}
