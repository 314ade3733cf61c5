
const BARS = 10;

/** A line of a list: a name, a bar from zero on an axis with these ends, and the number. */
function bar(name, value, [low, high], isWon) {
  const at = value => 100 * part(value, { low, high });
  const bar = make("i", { className: value < 0 ? "minus" : "" }), zero = make("b");
  bar.style.left = `${min(at(0), at(value))}%`;
  bar.style.width = `${abs(at(value) - at(0))}%`;
  zero.style.left = `${at(0)}%`;
  const track = make("span", { className: "track" }, bar, ...(low < 0 ? [zero] : []));
  return item(isWon ? "won" : "", make("span", { className: "name" }, name), track, figure(value));
}

function item(className, ...parts) {
  return make("div", { className, role: "listitem" }, ...parts);
}

/** Bars to both sides of zero. `won`: the place of the one that stands out. `reach`: how far the axis goes at least, to the left and to the right. */
function bars(title, names, values, won, reach = [0, 0]) {
  const axis = [min(-reach[0], ...values.map(Number)), max(reach[1], ...values.map(Number))];
  const order = values.map((_, place) => place);
  if (order.length > BARS) order.sort((a, b) => values[b] - values[a]).splice(BARS);
  const list = make("div", { className: "bars", role: "list", ariaLabel: title }, ...order.map(place => bar(names[place], values[place], axis, place === won)));
  const more = values.length > BARS ? `, the ${BARS} largest of ${values.length}` : "";
  return [make("h3", title + more), list];
}

const TITLES = { predict_proba: "Probability", decision_function: "Decision value", score_samples: "Score" };

/** What the values of an output stand for. */
function valueNames(name, width) {
  const { labels, target } = model, texts = labels.map(String);
  if (target == "inlier") return [name == "decision_function" ? "outside \u2190 \u2192 inside" : "before the offset"];
  if (width == texts.length) return texts;
  if (width == 1) return [texts.length == 2 ? `${texts[0]} \u2190 \u2192 ${texts[1]}` : "value"];
  return texts.flatMap((a, i) => texts.slice(i + 1).map(b => `${a} over ${b}`));
}

function showAnswer(outputs) {
  const { predict, ...others } = outputs;
  const label = predict?.data[0];
  const shown = model.target == "number" ? figure(label) : label === undefined ? "no label" : label === "" ? '""' : String(label);
  put("label", shown);
  const won = placeOf(label);
  const parts = Object.entries(others).flatMap(([name, { width, data }]) => {
    const size = max(1, ...data.map(value => abs(value))), reach = name == "predict_proba" ? [0, 1] : name == "decision_function" && width == 1 ? [size, size] : undefined;
    return bars(TITLES[name] ?? name, valueNames(name, width), data, width == model.labels.length ? won : undefined, reach);
  });
  if (model.target == "inlier") parts.unshift(make("p", { className: "mute" }, label == 1 ? "inside: like the training rows" : "outside: unlike the training rows"));
  put("scores", ...parts);
  model.answered = shown.value ?? label;
  put("now", $("label").textContent);
  showRange();
  mark();
}

/** A number between the lowest and the highest answer in the picture. */
function showRange() {
  if (model.target != "number" || !drawn.size || model.answered === undefined) return;
  const { low, high } = drawn, here = make("b");
  here.style.left = `${100 * clamp(part(model.answered, drawn), 0, 1)}%`;
  const end = number => make("span", figure(number));
  put("scores", make("h3", "Between the lowest and the highest answer in the picture"), make("div", { className: "track range" }, here), make("div", { className: "ends" }, end(low), end(high)));
}

let settled = () => {};
const predict = latest(async () => {
  try {
    showAnswer(await infer([cells()], model.outputs));
    complain();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    put("now", "no answer");
    put("label", "no answer");
    put("scores");
    complain(error);
  }
  settled();
});
