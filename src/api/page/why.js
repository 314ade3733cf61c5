
const CURVES = 8, TERMS = 8;

/** The sum that decides, term by term. */
function showTerms(explanation) {
  const { predict, against, decision, intercept, rest, contributions, columns = [] } = explanation;
  const terms = contributions
    ? contributions.map(({ support_vector: place, class: label, value, row }) => {
      const title = row && model.columns.map(({ name }, index) => `${name}: ${row[index]}`).slice(0, 12).join("\n");
      return [label === undefined ? `vector ${place}` : `${label} (${place})`, value, title];
    })
    : columns.filter(column => column.weight !== undefined).map(({ name, value, weight, contribution }) =>
      [name, contribution, `weight ${weight}${value === undefined ? "" : `, value ${value}`}`]);
  const what = contributions ? "support vectors, with their numbers" : "columns, weight times value";
  terms.push(["all others", rest], ["intercept", intercept]);
  const [, list] = bars("Terms", terms.map(([name]) => name), terms.map(([, value]) => value).slice(0, 99));
  [...list.children].forEach((line, index) => line.title = terms[index][2] ?? "");
  const total = make("div", { className: "sum" }, make("span", { className: "name" }, "together"), make("span"), figure(decision));
  total.setAttribute("role", "listitem");
  $("terms").replaceChildren(...list.children, total);
  $("against").textContent = against !== undefined ? `To the right what speaks for ${predict}, to the left for ${against}, the next best class: ${what}.`
    : `What adds up to the ${model.target == "inlier" || decision != predict ? "decision value" : "number"}: ${what}.`;
}

function showCurves(columns) {
  const curves = columns.filter(column => column.curve);
  const values = curves.flatMap(({ curve }) => curve.map(point => Number(point[1]))).filter(Number.isFinite);
  const low = Math.min(0, ...values), high = Math.max(0, ...values);
  const height = value => 48 - 44 * (value - low) / (high - low || 1);
  $("curves-title").hidden = !curves.length;
  $("curves").replaceChildren(...curves.map(({ name, value, curve }) => {
    const [left, right] = [Number(curve[0][0]), Number(curve.at(-1)[0])];
    const at = place => 100 * (place - left) / (right - left || 1);
    const line = draw("polyline", { class: "line", points: curve.map(([place, decision]) => `${at(place)},${height(decision)}`).join(" ") });
    const zero = draw("path", { class: "zero", d: `M0 ${height(0)}H100` });
    const here = draw("path", { class: "here", d: `M${clamp(at(value), 0, 100)} 0V50` });
    const picture = draw("svg", { viewBox: "0 0 100 50", preserveAspectRatio: "none", height: 72, role: "img" }, zero, line, here);
    picture.setAttribute("aria-label", `${name}: the decision goes from ${curve[0][1]} at ${left} to ${curve.at(-1)[1]} at ${right}`);
    return make("figure", picture, make("figcaption", name, make("span", `${figure(curve[0][0]).textContent} to ${figure(curve.at(-1)[0]).textContent}`)));
  }));
}

/** Columns whose curves reach farthest come first from now on. */
function rank(columns) {
  if (model.isRanked) return;
  const reach = new Map(columns.map(({ name, curve = [[0, 0]] }) => {
    const [low, high] = ends(curve.map(point => Number(point[1])));
    return [name, high - low];
  }));
  model.byInfluence.sort((a, b) => (reach.get(b.name) ?? 0) - (reach.get(a.name) ?? 0));
  model.isRanked = true;
}

const explain = latest(async () => {
  if (!model.explain) return;
  const curves = model.byInfluence.filter(column => column.isNumber && column.hasRange).slice(0, CURVES).map(({ name }) => name);
  try {
    const answer = await ask(model.explain, `{"instances":[${rowJson(cells())}],"limit":${TERMS},"curves":${JSON.stringify(curves)}}`);
    const [explanation] = answer.explanations;
    $("why").hidden = false;
    showTerms(explanation);
    showCurves(explanation.columns ?? []);
    rank(explanation.columns ?? []);
    const won = model.labels.findIndex(label => String(label) == String(explanation.predict));
    $("votes").replaceChildren(...(explanation.votes ? bars("One-vs-one votes", model.labels.map(String), explanation.votes, won) : []));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    $("why").hidden = true;
    $("votes").replaceChildren();
  }
});
