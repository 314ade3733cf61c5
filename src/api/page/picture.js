
// Cells across and up, first and last; a finer picture that takes longer than this many milliseconds is not drawn.
const COARSE = 40, FINE = 200, PICTURE_TIME_MAX = 8000, BODY_BYTES_MAX = 4e6;
const axes = { x: undefined, y: undefined };
let drawn = {};

/** The rows of a picture of so many cells: the current one, with other numbers in two columns. */
function pictureRows(size, place) {
  const all = cells(), { x, y } = axes;
  const at = ({ low, high }, step) => String(low + (step + 0.5) / size * (high - low));
  all[x.index] = at(x, place % size);
  if (y) all[y.index] = at(y, floor(place / size));
  return all;
}

/** Asks for all cells of a picture, and paints what has come after each request. */
async function fill(size, key, isStale) {
  const count = axes.y ? size * size : size, outputs = ["predict", model.score].filter(name => model.outputs.includes(name));
  const grid = { size, key, count: 0, rows: axes.y ? size : 1, labels: new Int16Array(count), numbers: new Float64Array(count), shades: new Float32Array(count) };
  const chunk = clamp(floor(BODY_BYTES_MAX / (pictureRows(size, 0).join().length + 30)), 1, 40000);
  for (let start = 0; start < count; start += chunk) {
    const places = Array.from({ length: min(chunk, count - start) }, (_, index) => start + index);
    const rows = places.map(place => pictureRows(size, place));
    const answers = await infer(rows, outputs);
    if (isStale()) return;
    for (const name in answers) store(grid, name, answers[name], start);
    grid.count = start + places.length;
    if (size == COARSE || grid.count == count) paint(grid);
  }
  return grid;
}

function store(grid, name, answers, start) {
  const isNumber = model.target == "number";
  const { width, data } = answers;
  for (let row = 0; row < data.length / width; row++) {
    if (name != "predict") grid.shades[start + row] = lead(valuesOf(answers, row));
    else if (isNumber) grid.numbers[start + row] = data[row];
    else grid.labels[start + row] = placeOf(data[row]);
  }
}

/** How sure an answer is. Of votes: the most, with what tells equals apart; else how far the largest value is before the next, or a single one from zero. */
function lead(values) {
  const [first, second = 0] = values.map(Number).sort((a, b) => b - a);
  return values.length > 2 && model.svcd.kernel && model.score == "decision_function" ? first : abs(first - second);
}

/** The colours of a finished part of the grid, on all pixels. */
function paint(grid) {
  const { size, rows, count } = grid, pixels = new ImageData(FINE, FINE), painted = grid.numbers.subarray(0, count);
  const range = model.target == "number" ? ends(painted) : ends(grid.shades.subarray(0, count));
  const paper = getComputedStyle($("picture")).backgroundColor.match(/[\d.]+/g).map(Number);
  const colours = model.labels.map((_, index) => rgb(colour(index)));
  for (let place = 0; place < FINE * FINE; place++) {
    const across = floor(place % FINE * size / FINE), up = floor((FINE - 1 - floor(place / FINE)) * rows / FINE);
    const at = up * size + across;
    if (at >= count) continue;
    let mixed;
    if (model.target == "number") mixed = heat(part(grid.numbers[at], range));
    else {
      const strength = model.score ? 0.3 + 0.5 * sqrt(part(grid.shades[at], range)) : 0.7;
      mixed = colours[grid.labels[at]]?.map((part, channel) => part * strength + paper[channel] * (1 - strength)) ?? paper;
    }
    pixels.data.set([...mixed.slice(0, 3), 255], 4 * place);
  }
  $("canvas").getContext("2d").putImageData(pixels, 0, 0);
  drawn = { ...grid, ...range };
  legend();
  showRange();
  mark();
}

function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) { low = min(low, value); high = max(high, value); }
  return { low, high };
}

function heat(part) {
  const at = clamp(part, 0, 1) * (HEAT.length - 1), low = min(floor(at), HEAT.length - 2);
  return HEAT[low].map((from, channel) => from + (HEAT[low + 1][channel] - from) * (at - low));
}

function legend() {
  const items = model.target == "number"
    ? [0, 0.25, 0.5, 0.75, 1].map(part => [`rgb(${heat(part)})`, figure(drawn.low + part * (drawn.high - drawn.low))])
    : model.labels.map((label, index) => [index, label]).filter(([index]) => drawn.labels.includes(index)).map(([index, label]) => [colour(index), meaning(label)]);
  put("legend", ...items.slice(0, 26).map(([background, name]) => {
    const swatch = make("i");
    swatch.style.background = background;
    return make("li", swatch, name);
  }));
}

const meaning = label => model.target != "inlier" ? String(label) : label == 1 ? "inside (1)" : "outside (\u22121)";

/** Dots of the support vectors, names of the regions, and the cross of the current row. */
function mark() {
  if ($("picture").hidden || !drawn.size) return;
  const { x, y } = axes, overlay = $("overlay");
  const spot = row => [200 * part(row[x.index], x), y ? 200 - 200 * part(row[y.index], y) : 100];
  const largest = max(...(model.support ?? []).map(vector => vector.coefficient), 0);
  const dot = 1 + 24 / (12 + sqrt(model.support?.length ?? 0));
  const dots = (model.support ?? []).map(({ row, coefficient, class: label, support_vector: place }) => draw("circle", {
    cx: spot(row)[0], cy: spot(row)[1], r: dot * (0.4 + 0.6 * sqrt(coefficient / largest)), stroke: "#fff", "stroke-width": 0.7, "data-place": place,
    "fill-opacity": label === undefined ? 0.6 : 1, fill: label === undefined ? "#111" : colour(placeOf(label)), "paint-order": "stroke",
  }));
  const [cx, cy] = spot(row);
  const arms = `M${cx - 7} ${cy}H${cx + 7}M${cx} ${cy - 7}V${cy + 7}`;
  const cross = Number.isFinite(cx + cy) ? [draw("g", { id: "cross" }, draw("circle", { cx, cy, r: 12, fill: "transparent" }), draw("path", { d: arms }), draw("path", { d: arms }))] : [];
  overlay.replaceChildren(...dots, ...regionNames(cx, cy), ...cross);
}

function regionNames(crossX, crossY) {
  if (model.target == "number" || model.labels.length > 26) return [];
  const { size, rows, labels } = drawn;
  return model.labels.flatMap((label, index) => {
    const places = [...labels.keys()].filter(place => labels[place] == index);
    if (places.length < labels.length / 200) return [];
    const x = place => place % size, y = place => floor(place / size), mean = of => places.reduce((sum, place) => sum + of(place), 0) / places.length;
    const [middleX, middleY] = [mean(x), mean(y)], away = place => (x(place) - middleX) ** 2 + (y(place) - middleY) ** 2;
    const best = places.reduce((best, place) => away(place) < away(best) ? place : best);
    const name = meaning(label), at = 200 * (best % size + 0.5) / size;
    const half = min(90, 3 * name.length), middle = clamp(at, half, 200 - half), down = 203 - 200 * (y(best) + 0.5) / rows;
    // out of the way of the cross
    const isCrossed = abs(middle - crossX) < half + 8 && abs(down - 3 - crossY) < 12;
    return [draw("text", { x: middle, y: isCrossed ? crossY + (crossY > 30 ? -11 : 18) : down }, name.slice(0, 24))];
  });
}

/** Everything that the picture depends on. */
const pictureKey = () => json([axes.x.index, axes.y?.index, cells().filter((_, index) => index != axes.x.index && index != axes.y?.index)]);

const showPicture = latest(async isStale => {
  const key = pictureKey();
  const done = text => put("drawn", drawn.isDone = text);
  if (drawn.key == key && drawn.isDone) return done(drawn.isDone);
  const isOld = () => isStale() && pictureKey() != key;
  if (!drawn.size) put("drawn", "drawing …");
  try {
    const begin = performance.now(), coarse = await fill(COARSE, key, isOld);
    if (!coarse) return;
    put("drawn", "drawing …");
    const expected = (performance.now() - begin) * (axes.y ? (FINE / COARSE) ** 2 : 1);
    const size = expected < PICTURE_TIME_MAX ? FINE : expected < 4 * PICTURE_TIME_MAX ? FINE / 2 : COARSE;
    if (size != COARSE && !await fill(size, key, isOld)) return;
    done(`${size} x ${axes.y ? size : 1} answers`);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    put("drawn", "no picture of this row");
  }
});

function nameAxes() {
  const { x, y } = axes;
  put("left", short(x, x.low));
  put("bottom", x.name);
  put("right", short(x, x.high));
  put("top", y ? `${y.name}: ${short(y, y.low)} (bottom) to ${short(y, y.high)}` : "");
}

function startPicture() {
  const columns = model.byInfluence.filter(column => column.isNumber);
  if (!columns.length || !model.outputs.includes("predict")) return;
  [axes.x, axes.y] = columns;
  const options = () => columns.map(column => make("option", { value: column.index }, column.name));
  put("across", ...options());
  put("up", ...(axes.y ? options() : [make("option", "nothing")]));
  $("up").disabled = !axes.y;
  if (axes.y) $("up").value = axes.y.index;
  const choose = (axis, other) => event => {
    const before = axes[axis];
    axes[axis] = model.columns[event.target.value];
    // both cannot show one column: they change places
    if (axes[other] == axes[axis]) axes[other] = before;
    $("across").value = axes.x.index;
    if (axes.y) $("up").value = axes.y.index;
    nameAxes();
    showPicture();
  };
  $("across").onchange = choose("x", "y");
  $("up").onchange = choose("y", "x");
  let isPressed = false;
  const move = (axis, part) => {
    if (!axis) return;
    row[axis.index] = rounded(axis, axis.low + clamp(part, 0, 1) * (axis.high - axis.low));
    fields[axis.index]?.update();
  };
  const follow = event => {
    const box = $("overlay").getBoundingClientRect();
    move(axes.x, (event.clientX - box.left) / box.width);
    move(axes.y, (box.bottom - event.clientY) / box.height);
    changed();
  };
  $("frame").onkeydown = event => {
    const [across, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [];
    if (across === undefined) return;
    event.preventDefault();
    const axis = across ? axes.x : axes.y, at = axis && part(row[axis.index], axis);
    if (!Number.isFinite(at)) return;
    move(axis, at + (across || up) * max(0.01, axis.step / (axis.high - axis.low)));
    changed();
  };
  const overlay = $("overlay");
  overlay.onpointerdown = event => { isPressed = true; overlay.setPointerCapture(event.pointerId); follow(event); };
  overlay.onpointermove = event => isPressed && follow(event);
  overlay.onlostpointercapture = () => isPressed = false;
  const { support_vectors: count, support_vectors_shown: shown } = model.svcd;
  if (shown && shown != "show") put("told", "Support vectors are rows of the training data; svcd --support-vectors show draws them as dots.");
  $("picture").hidden = false;
  nameAxes();
  if (shown == "show" && model.explain) askSupport(count);
}

async function askSupport(count) {
  model.support = (await askWhy('"limit":0,"support_vectors":true')).support_vectors;
  const listed = model.support.length;
  if (listed) put("told", `${listed} of ${count} support vectors, which are rows of the training data, as dots: larger coefficients, larger dots.`);
  mark();
}
