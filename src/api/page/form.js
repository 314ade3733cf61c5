
// The row as it stands in the fields: for each column what was typed or chosen.
const row = [];
const fields = [];
// Columns that are shown first, that a search shows, and in a group.
const SHOWN_FIRST = 12, SHOWN_MAX = 60, GROUP_MAX = 50;
let changed = () => {};

/** Columns in the order in which they matter most: by how far the classes' means lie apart, as a part of the range. */
function byInfluence() {
  const spread = ({ index, isNumber, low, high }) => {
    const values = model.means.map(mean => mean.row[index]);
    return isNumber ? max(0, max(...values) - min(...values)) / (high - low) : new Set(values).size > 1;
  };
  const order = model.columns.map(column => [column, spread(column)]);
  return order.sort((a, b) => b[1] - a[1]).map(([column]) => column);
}

const fieldOf = column => {
  const element = fields[column.index] ??= field(column);
  element.update();
  return element;
};

/** Columns in groups that open: those whose names begin alike, else those of a kind. */
function groups(columns) {
  const beginning = ({ name }) => name.split(/[\s\d_.:/-]/)[0], alike = Map.groupBy(columns, beginning), made = [];
  const grouped = Map.groupBy(columns, column => alike.get(beginning(column))[1] && beginning(column) || column.kind);
  for (const [title, all] of grouped) while (all.length) {
    const members = all.splice(0, GROUP_MAX), { length } = members, list = make("div");
    const names = members[0].name + (length > 1 ? ` to ${members.at(-1).name}` : "");
    made.push(make("details", { ontoggle: () => list.append(...members.map(fieldOf)) }, make("summary", `${title}: ${names} (${length})`), list));
  }
  return made;
}

/** The columns that have a field now: what is looked for, or the first ones before groups of the others. */
function showFields() {
  const word = $("search").value.trim().toLowerCase(), { columns } = model;
  const fitting = word ? columns.filter(({ name }) => name.toLowerCase().includes(word)) : $("finder").hidden ? columns : model.byInfluence;
  const shown = fitting.slice(0, word ? SHOWN_MAX : SHOWN_FIRST);
  put("fields", ...shown.map(fieldOf), ...(word ? [] : groups(columns.filter(column => !shown.includes(column)))));
  put("found", `${shown.length} of ${fitting.length} columns` + (word ? " found" : `${model.means[1] ? ", those that matter most" : ""}; the others are in groups`));
}

function field(column) {
  const { name, index, kind, low, high, step, categories = [], count = categories.length } = column;
  const id = `cell-${index}`;
  const error = make("span", { className: "error", id: `${id}-error`, hidden: true });
  const set = value => { row[index] = value; element.update(); changed(index); };
  let input, slider;
  if (kind == "text") {
    input = make("textarea", { id, rows: 5, oninput: () => set(input.value) });
  } else if (kind == "category" && count <= categories.length) {
    const options = categories.map((category, place) => make("option", { value: place }, category === null ? "(missing)" : String(category)));
    input = make("select", { id, onchange: () => set(categories[input.value]) }, ...options);
  } else {
    input = make("input", { id, autocomplete: "off", inputMode: column.isNumber ? "decimal" : "text", oninput: () => set(input.value) });
    if (/missing/.test(kind)) input.placeholder = "missing";
  }
  // of many categories the first ones are proposed
  const proposals = input.tagName == "INPUT" && categories.length ? [make("datalist", { id: `${id}-list` }, ...categories.map(category => make("option", category)))] : [];
  if (proposals.length) input.setAttribute("list", `${id}-list`);
  if (column.isNumber) {
    const [from, to] = [floor(low / step) * step, -floor(-high / step) * step];
    slider = make("input", { type: "range", min: from, max: to, step, ariaLabel: `${name}, slider`, oninput: () => set(rounded(column, slider.value)) });
  }
  input.setAttribute("aria-describedby", error.id);
  const element = make("div", { className: "field" }, make("label", { htmlFor: id }, name), input, ...(slider ? [slider] : []), ...proposals, error);
  element.update = () => {
    const value = kind == "category" && input.tagName == "SELECT" ? String(categories.indexOf(row[index])) : String(row[index] ?? "");
    if (input.value != value) input.value = value;
    if (slider && Number.isFinite(Number(value))) slider.value = value;
  };
  element.fail = message => {
    input.ariaInvalid = Boolean(message);
    error.textContent = message;
    error.hidden = !message;
  };
  return element;
}

function take(values) {
  model.columns.forEach((_, index) => row[index] = values[index]);
  fields.forEach(element => element.update());
  changed();
}

function presets() {
  const typical = values => model.columns.map((column, index) => column.isNumber && values[index] !== null ? rounded(column, values[index]) : values[index]);
  const buttons = model.means.map(({ class: label, row }) => [label === undefined ? "a typical row" : `typical ${label}`, typical(row)]);
  if (!buttons.length) buttons.push(["an example", typical(model.row)]);
  const shown = buttons.slice(0, 12).map(([text, values]) => make("button", { onclick: () => take(values) }, text));
  put("presets", ...shown);
  return (buttons[1] ?? buttons[0])[1];
}

/** The cells of the row as JSON. */
const cells = () => model.columns.map((column, index) => cell(column, row[index]));

/** Turns the field red that the server complains about. */
function complain(error) {
  fields.forEach(element => element.fail(""));
  const trouble = $("trouble");
  trouble.hidden = !error;
  if (!error) return;
  const said = error.message.replace(/^`inputs` \d+, `data` \d+: /, "");
  trouble.textContent = said;
  const place = error.where?.match(/^\/inputs\/(\d+)(?:\/data\/(\d+))?/);
  const column = place && model.columns[model.isOne ? place[2] : place[1]];
  if (!column) return;
  trouble.textContent = `${column.name}: ${said}`;
  const wrong = fieldOf(column);
  if (!wrong.checkVisibility()) $("fields").prepend(wrong);
  wrong.fail(said);
}
