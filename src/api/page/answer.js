
const BARS = 10;

/** Bars to both sides of zero. `won`: the place of the one that stands out. */
function bars(title, names, values, won) {
  const low = Math.min(0, ...values.map(Number)), high = Math.max(0, ...values.map(Number));
  const at = value => 100 * (value - low) / (high - low || 1);
  const order = values.map((_, place) => place);
  if (order.length > BARS) order.sort((a, b) => values[b] - values[a]).splice(BARS);
  const rows = order.map(place => {
    const value = Number(values[place]), from = Math.min(at(0), at(value));
    const bar = make("i", { className: value < 0 ? "minus" : "" });
    bar.style.left = `${from}%`;
    bar.style.width = `${Math.abs(at(value) - at(0))}%`;
    const zero = make("b");
    zero.style.left = `${at(0)}%`;
    const track = make("span", { className: "track" }, bar, ...(low < 0 ? [zero] : []));
    const row = make("div", { className: place === won ? "won" : "" }, make("span", { className: "name" }, names[place]), track, figure(values[place]));
    row.setAttribute("role", "listitem");
    return row;
  });
  const list = make("div", { className: "bars" }, ...rows);
  list.setAttribute("role", "list");
  list.setAttribute("aria-label", title);
  const more = values.length > BARS ? `, the ${BARS} largest of ${values.length}` : "";
  return [make("h3", title + more), list];
}

const TITLES = { predict_proba: "Probability", decision_function: "Decision value", score_samples: "Score" };

/** What the values of an output stand for. */
function valueNames(name, width) {
  const { labels, target } = model, texts = labels.map(String);
  if (target == "inlier") return [name == "decision_function" ? "inside above zero" : "without the offset"];
  if (width == texts.length) return texts;
  if (width == 1) return [texts.length == 2 ? `for ${texts[1]}` : "value"];
  return texts.flatMap((a, i) => texts.slice(i + 1).map(b => `${a} over ${b}`));
}

function showAnswer(outputs) {
  const { predict, ...others } = outputs;
  const label = predict?.data[0];
  const shown = model.target == "number" ? figure(label) : label === undefined ? "no label" : label === "" ? '""' : String(label);
  $("label").replaceChildren(shown);
  const won = model.labels.findIndex(other => String(other) === String(label));
  const parts = Object.entries(others).flatMap(([name, { width, data }]) => {
    return bars(TITLES[name] ?? name, valueNames(name, width), data, width == model.labels.length ? won : undefined);
  });
  if (model.target == "inlier") parts.unshift(make("p", { className: "mute" }, label == 1 ? "like the training rows" : "unlike the training rows"));
  $("scores").replaceChildren(...parts);
  model.answered = shown.value ?? label;
  mark();
}

let settled = () => {};
const predict = latest(async () => {
  try {
    showAnswer(await infer([cells()], model.outputs));
    complain();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    $("label").textContent = "no answer";
    $("scores").replaceChildren();
    complain(error);
  }
  settled();
});
