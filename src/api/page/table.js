
// Rows of a request, and rows that are shown.
const BATCH = 2000, ROWS_SHOWN = 500;
let table;

/** Records of CSV (RFC 4180), one after the other. */
function* records(csv, separator) {
  const field = new RegExp(`(?:"((?:[^"]|"")*)"|([^${separator}\\r\\n]*))(${separator}|\\r\\n|\\n|\\r|$)`, "y");
  let record = [];
  while (field.lastIndex < csv.length) {
    const found = field.exec(csv);
    if (!found) return;
    record.push(found[1]?.replaceAll('""', '"') ?? found[2]);
    if (found[3] == separator && field.lastIndex < csv.length) continue;
    if (found[3] == separator) record.push("");
    if (record.length > 1 || record[0] != "") yield record;
    record = [];
  }
}

/** What separates the fields: the sign that gives the first line most of them. */
function separatorOf(csv) {
  const [line] = csv.split(/\r|\n/, 1);
  return [",", ";", "\t"].map(sign => [line.split(sign).length, sign]).sort((a, b) => b[0] - a[0])[0][1];
}

/** Where each column of the model lies in a record: by the names in the header, or by place. */
function layout(first) {
  const { names } = model, trimmed = first.map(name => name.trim());
  const places = names.map(name => trimmed.indexOf(name));
  if (places.every(place => place >= 0)) return { places, header: first };
  const isHeader = model.columns.every(({ isNumber }) => isNumber) && first.every(word => word.trim() && Number.isNaN(Number(word)));
  if (isHeader) throw Error(`The header lacks ${names.find((_, index) => places[index] < 0)}.`);
  return { places: [...names.keys()] };
}

async function predictTable(csv) {
  const mine = table = { heads: [], records: [], labels: [], values: [], doubts: [], errors: new Map(), order: [] };
  $("results").hidden = true;
  put("summary", "");
  try {
    const begin = performance.now(), text = csv.replace(/^\ufeff/, ""), found = records(text, separatorOf(text));
    const first = found.next().value;
    if (!first) throw Error("No rows.");
    Object.assign(mine, layout(first));
    let batch = mine.header ? [] : [first], read = 0;
    $("progress").hidden = false;
    $("progress").max = text.length;
    for (const record of found) {
      batch.push(record);
      read += record.join().length + 1;
      if (batch.length < BATCH) continue;
      await answerBatch(mine, batch);
      if (table != mine) return;
      batch = [];
      $("progress").value = read;
    }
    await answerBatch(mine, batch);
    if (table != mine) return;
    const count = mine.records.length, seconds = (performance.now() - begin) / 1000, { size } = mine.errors;
    put("summary", `${count.toLocaleString("en")} rows in ${figure(seconds).textContent} s` + (size ? `, ${size.toLocaleString("en")} without an answer` : ""));
    mine.order = mine.records.map((_, index) => index);
    $("doubt").hidden = !mine.doubts.length;
    $("doubt").ariaPressed = false;
    showTable();
  } catch (error) {
    put("summary", error.message);
  } finally {
    if (table == mine) $("progress").hidden = true;
  }
}

/** Answers a batch; a row that cannot be answered is marked, and the others are asked again. */
async function answerBatch(mine, batch) {
  const start = mine.records.length;
  mine.records.push(...batch);
  const asked = [];
  batch.forEach((record, index) => {
    const cells = model.columns.map(column => cell(column, record[mine.places[column.index]]));
    const bad = model.columns.find(({ isNumber, index: column }) => isNumber && cells[column][0] == '"');
    if (bad) mine.errors.set(start + index, `${bad.name}: no number`);
    else asked.push([start + index, cells]);
  });
  while (asked.length) {
    try {
      return keep(mine, asked.map(([index]) => index), await infer(asked.map(([, cells]) => cells), model.outputs));
    } catch (error) {
      const place = error.where?.match(/^\/inputs\/\d+\/data\/(\d+)/);
      if (!place) throw error;
      const at = floor(place[1] / (model.isOne ? model.columns.length : 1));
      mine.errors.set(asked[at][0], error.message);
      asked.splice(at, 1);
    }
  }
}

function keep(mine, indices, { predict, ...others }) {
  const outputs = Object.entries(others);
  mine.heads = outputs.flatMap(([name, { width }]) => valueNames(name, width).map(value => `${TITLES[name] ?? name}: ${value}`));
  mine.titles = outputs.flatMap(([name, { width }]) => Array.from({ length: width }, (_, place) => `${name}_${place}`));
  const sure = others[model.score ?? "decision_function"];
  indices.forEach((index, row) => {
    mine.labels[index] = predict?.data[row];
    mine.values[index] = outputs.flatMap(([, output]) => valuesOf(output, row));
    if (!sure) return;
    const values = valuesOf(sure, row);
    mine.doubts[index] = [1, model.labels.length].includes(sure.width) ? lead(values) : min(...values.map(abs));
  });
}

function showTable() {
  const { header, records, labels, values, errors, order, titles = [], places } = table;
  const heads = ["row", "answer", ...table.heads.slice(0, 10), ...model.names.slice(0, 8)];
  put("thead", make("tr", ...heads.map(text => make("th", { scope: "col" }, text))));
  const lines = order.slice(0, ROWS_SHOWN).map(index => {
    const use = make("button", { title: "Put this row into the fields", onclick: () => take(places.map(place => records[index][place])) }, index + (header ? 2 : 1));
    const cells = places.slice(0, 8).map(place => make("td", records[index][place] ?? ""));
    if (errors.has(index)) return make("tr", make("td", use), make("td", { className: "error", colSpan: 1 + min(10, titles.length) }, errors.get(index)), ...cells);
    const label = model.target == "number" ? figure(labels[index]) : labels[index];
    return make("tr", make("td", use), make("td", label), ...values[index].slice(0, 10).map(value => make("td", figure(value))), ...cells);
  });
  put("tbody", ...lines);
  put("page", order.length > ROWS_SHOWN ? `${ROWS_SHOWN} rows are shown, all are in the download` : "");
  $("results").hidden = false;
}

const csvField = value => /[",\r\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : String(value ?? "");

function saveTable() {
  const { header, records, labels, values, errors, titles = [] } = table;
  const head = [...(header ?? model.names), "predict", ...titles, ...(errors.size ? ["error"] : [])];
  const lines = records.map((record, index) => {
    const answers = errors.has(index) ? ["", ...titles.map(() => ""), errors.get(index)] : [labels[index], ...values[index], ...(errors.size ? [""] : [])];
    return [...record, ...answers].map(csvField).join();
  });
  const link = make("a", { download: `${$("name").textContent}-answers.csv`, href: URL.createObjectURL(new Blob([head.map(csvField).join(), "\n", lines.join("\n"), "\n"], { type: "text/csv" })) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

function startTable() {
  const read = async file => file && predictTable(await file.text());
  $("file").onchange = () => read($("file").files[0]);
  $("run").onclick = () => predictTable($("paste").value);
  // anywhere on the page, so that a file that misses the field does not replace it
  const over = isOver => event => { event.preventDefault(); $("drop").classList.toggle("over", isOver); };
  document.ondragover = over(true);
  document.ondragleave = over(false);
  document.ondrop = event => { over(false)(event); read(event.dataTransfer.files[0]); };
  if (row.length <= 8) $("paste").placeholder = [model.names, row].map(cells => cells.map(csvField).join()).join("\n");
  $("save").onclick = saveTable;
  $("doubt").onclick = () => {
    const isSorted = $("doubt").ariaPressed == "true";
    const doubt = index => table.doubts[index] ?? Infinity;
    table.order.sort(isSorted ? (a, b) => a - b : (a, b) => doubt(a) - doubt(b) || a - b);
    $("doubt").ariaPressed = !isSorted;
    showTable();
  };
}
