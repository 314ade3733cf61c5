
// Curves, terms of both sides, and values of a model whose words are listed.
const CURVES = 16, TERMS = 10, VALUES = 12;

/** The explanation of the current row, and what else is wanted, as JSON. */
const askWhy = wanted => ask(model.explain, `{"instances":[${rowJson(cells())}],${wanted}}`);

/** What a row of the training data has, for a hint. */
const told = row => model.columns.slice(0, 12).map(({ name }, index) => `${name}: ${row[index]}`).join("\n");

/** The terms of a sum by name, largest first. */
function termsOf({ contributions, columns = [] }) {
  if (!contributions) return columns.filter(({ weight }) => weight !== undefined)
    .filter(({ contribution }) => Number(contribution)).map(({ name, input, weight, contribution: value }) => ({ name, value, title: `weight ${weight} times ${input}` })).sort((a, b) => abs(b.value) - abs(a.value));
  return contributions.map(({ support_vector: place, class: label, value, row }) => {
    const name = `${label ?? "row"} #${place}`;
    return { name: row ? make("button", { className: "link", onclick: () => take(row) }, name) : name, value, title: row ? `${told(row)}\nClick: put it into the fields` : "" };
  });
}

/** The sum that decides, term by term. */
function showTerms(explanation) {
  const { predict, against, decision, intercept, rest } = explanation, terms = termsOf(explanation);
  const numbers = [rest, intercept, ...terms.map(({ value }) => value)].map(Number), axis = [min(0, ...numbers), max(0, ...numbers)];
  const line = ({ name, value, title = "" }) => Object.assign(bar(name, value, axis), { title });
  const [towards, away] = against !== undefined ? [`Speaks for ${predict}`, `Speaks for ${against}, the next best class`]
    : model.target == "inlier" ? ["Pulls inside", "Pulls outside"] : ["Makes it larger", "Makes it smaller"];
  const group = (title, members) => members.length ? [item("head", title), ...members.map(line)] : [];
  const others = [{ name: "all others", value: rest }, { name: "intercept", value: intercept }].filter(({ value }) => Number(value));
  const total = item("sum", make("span", { className: "name" }, "together"), make("span"), figure(decision));
  put("terms", ...group(towards, terms.filter(({ value }) => value >= 0)), ...group(away, terms.filter(({ value }) => value < 0)), ...group("And", others), total);
  const { contributions } = explanation;
  const what = contributions ? "support vectors, rows of the training data that the model kept: the more one resembles this row, the more it adds"
    : model.hasText ? "words, each with its weight times its value in the text" : "columns, each with its weight times its value";
  const sum = against !== undefined || model.target == "inlier" || decision != predict ? "decision" : "number";
  put("against", model.hasText && !terms.length ? "The model knows no word of it: the intercept alone decides." : `What adds up to the ${sum}: ${what}.`);
}

function showCurves(columns) {
  const place = ({ name }) => model.byInfluence.indexOf(model.byName.get(name));
  const curves = columns.filter(column => column.curve).sort((a, b) => place(a) - place(b));
  const values = curves.flatMap(({ curve }) => curve.map(point => Number(point[1]))).filter(Number.isFinite);
  const low = min(0, ...values), high = max(0, ...values);
  const height = value => 48 - 44 * part(value, { low, high });
  $("curves-title").hidden = !curves.length;
  put("curves", ...curves.map(({ name, value, curve }) => {
    const [left, right] = [Number(curve[0][0]), Number(curve.at(-1)[0])], at = place => 100 * part(place, { low: left, high: right });
    const line = draw("polyline", { class: "line", points: curve.map(([place, decision]) => `${at(place)},${height(decision)}`).join(" ") });
    const zero = draw("path", { class: "zero", d: `M0 ${height(0)}H100` });
    const here = draw("path", { class: "here", d: `M${clamp(at(value), 0, 100)} 0V50` });
    const picture = draw("svg", { viewBox: "0 0 100 50", preserveAspectRatio: "none", height: 72, role: "img" }, zero, line, here);
    picture.setAttribute("aria-label", `${name}: the decision goes from ${curve[0][1]} at ${left} to ${curve.at(-1)[1]} at ${right}`);
    return make("figure", picture, make("figcaption", name, make("span", `${short(model.byName.get(name), left)} to ${short(model.byName.get(name), right)}`)));
  }));
}

/** Columns whose curves reach farthest come first from now on. */
function rank(columns) {
  if (model.isRanked) return;
  const reach = new Map(columns.map(({ name, curve = [[0, 0]] }) => {
    const { low, high } = ends(curve.map(point => Number(point[1])));
    return [name, high - low];
  }));
  model.byInfluence.sort((a, b) => (reach.get(b.name) ?? 0) - (reach.get(a.name) ?? 0));
  model.isRanked = true;
}

const explain = latest(async () => {
  if (!model.explain) return;
  const curves = model.byInfluence.filter(column => column.isNumber).slice(0, CURVES).map(({ name }) => name);
  try {
    const answer = await askWhy(`"limit":${TERMS},"each_side":true,"curves":${json(curves)}`);
    const [explanation] = answer.explanations;
    $("why").hidden = false;
    showTerms(explanation);
    showCurves(explanation.columns ?? []);
    rank(explanation.columns ?? []);
    put("votes", ...(explanation.votes ? bars("One-vs-one votes", model.labels.map(String), explanation.votes, placeOf(explanation.predict)) : []));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    $("why").hidden = true;
    put("votes");
  }
});

/** The words that weigh most for and against each class, in the whole model. */
async function askWords() {
  const answer = await askWhy('"limit":0,"weights":true');
  const lists = answer.weights.slice(0, VALUES).flatMap(({ class: label, against, towards, away }) => {
    const titles = label === undefined ? ["Make it larger", "Make it smaller"] : [`For ${label}`, against === undefined ? `Against ${label}` : `For ${against}`];
    const list = (title, words) => make("div", ...bars(title, words.map(({ name }) => name), words.map(({ weight }) => weight)));
    const count = answer.weights.length > 1 ? BARS / 2 : BARS;
    return [list(titles[0], towards.slice(0, count)), list(titles[1], away.slice(0, count))];
  });
  put("weights", ...lists);
  $("words").hidden = !lists.length;
}
