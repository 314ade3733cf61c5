
"use strict";
// Names and labels come from a model, and may be anything: they only ever become text.
const $ = id => document.getElementById(id);
const put = (id, ...parts) => $(id).replaceChildren(...parts);
const { min, max, abs, floor, round, sqrt } = Math;
const json = JSON.stringify;

/** An element with properties, if the first part is an object of them, and children. */
function make(tag, ...parts) {
  const element = document.createElement(tag);
  if (parts[0]?.constructor == Object) Object.assign(element, parts.shift());
  element.append(...parts);
  return element;
}

function draw(tag, attributes, ...children) {
  const element = document.createElementNS("http" + "://www.w3.org/2000/svg", tag);
  for (const name in attributes) element.setAttribute(name, attributes[name]);
  element.append(...children);
  return element;
}

// Numbers stay as they are written, where the browser tells: a label may have more digits than a double.
const parse = text => JSON.parse(text, (_, value, how) => typeof value == "number" && how ? how.source : value);

/** A number for people: four digits; all of them on hover, and when it is copied. */
function figure(full) {
  const number = Number(full), size = abs(number);
  const short = full === null ? "none" : Number.isInteger(number) && size < 1e6 ? String(number)
    : size >= 1e5 || size < 1e-3 && size > 0 ? number.toExponential(3) : String(Number(number.toPrecision(4)));
  return make("data", { value: full, title: full }, short.replace("-", "\u2212"));
}

addEventListener("copy", event => {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return;
  const copied = selection.getRangeAt(0).cloneContents(), own = selection.anchorNode.parentElement.closest("data");
  copied.querySelectorAll("data").forEach(number => number.textContent = number.value);
  event.clipboardData.setData("text/plain", own?.contains(selection.focusNode) ? own.value : copied.textContent);
  event.preventDefault();
});

/** How far a number is on the way from `low` to `high`, as a part of it. */
const part = (number, { low, high }) => (number - low) / (high - low || 1);

/** Runs `work` at most once at a time; what is asked for meanwhile is done once more at the end. */
function latest(work) {
  let busy = false, again = false;
  return async () => {
    if (busy) return void (again = true);
    busy = true;
    try {
      do { again = false; await work(() => again); } while (again);
    } finally { busy = false; }
  };
}

const frame = () => new Promise(requestAnimationFrame);
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

// Okabe and Ito's colours, which people with any colour vision can tell apart, then more of Tol's.
const COLOURS = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#f0e442", "#332288", "#999933", "#882255", "#44aa99", "#777777"];
// Cividis, which is made for everybody too.
const HEAT = [[0, 34, 78], [50, 72, 107], [107, 109, 114], [166, 149, 108], [229, 197, 75], [254, 232, 56]];
const rgb = hex => [1, 3, 5].map(at => parseInt(hex.slice(at, at + 2), 16));
const colour = index => COLOURS[index % COLOURS.length];
const clamp = (value, low, high) => min(high, max(low, value));
