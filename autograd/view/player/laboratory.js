// The laboratory: dials on the leaves, steps of gradient descent, undo, and the numbers in the address of the page.
// `state.inputs` maps the places of leaves to numbers other than the recorded ones; all else follows from it.
Object.assign(state, { inputs: {}, losses: [], past: [], rate: 0.1, isOpen: false });

const output = nodes.length - 1;
const recorded = evaluate({});

// A function that the page cannot compute keeps its recorded number, so what it is computed from has to stay, too.
const ownAbove = nodes.map(() => null);
for (let i = output; i >= 0; i--) {
  const step = program.steps[i];
  if (!step) continue;
  const own = step.own ?? ownAbove[i];
  for (const x of step.of) if (own && typeof x === "number") ownAbove[x] = own;
}
const isOff = (i) => program.hooked !== null || ownAbove[i] !== null;

function reasonOff(i, text) {
  if (program.hooked !== null) return filled(text.offHook, { node: program.hooked });
  return ownAbove[i] === null ? "" : filled(text.offOwn, { operation: ownAbove[i] });
}

// --- the numbers that are shown ---

let memo = {};

function shown() {
  if (memo.inputs !== state.inputs) {
    const isRecorded = Object.keys(state.inputs).length === 0;
    const result = isRecorded ? recorded : evaluate(state.inputs);
    memo = {
      inputs: state.inputs, isRecorded, result,
      scenes: isRecorded ? scenes : scenesOf(result, recorded),
      values: nodes.map((node, i) => isRecorded ? node.value : [numeral(result.values[i]), exact(result.values[i])]),
    };
  }
  return memo;
}

const valueOf = (i) => shown().result.values[i];

// The lines of the user's program whose comparisons come out differently; it may take another branch there.
const HOLDS = {
  lt: (a, b) => a < b, le: (a, b) => a <= b, eq: (a, b) => a === b,
  ne: (a, b) => a !== b, gt: (a, b) => a > b, ge: (a, b) => a >= b,
};

function otherBranches({ values }) {
  const side = (x) => (typeof x === "string" ? number(x) : values[x]);
  const others = (data.comparisons ?? []).filter((each) => HOLDS[each.relation](side(each.left), side(each.right)) !== each.found);
  return [...new Set(others.map((each) => each.line))];
}

// --- changes, each of which can be undone ---

let isTurning = false; // a dial is being turned: all of its numbers are one change

function change(inputs, losses = []) {
  const past = isTurning ? state.past : [...state.past, { inputs: state.inputs, losses: state.losses }];
  clearInterval(timer);
  update({ inputs, losses, past, playing: false, step: state.step || last });
  keepInAddress();
}

function turnTo(i, x) {
  const { [i]: before, ...inputs } = state.inputs;
  if (!Object.is(x, recorded.values[i])) inputs[i] = x;
  change(inputs);
}

function descend() {
  const { gradients } = gradientsOf(shown().result), inputs = { ...state.inputs };
  for (const { i, learns } of dials) if (learns.checked && !isOff(i)) inputs[i] = valueOf(i) - state.rate * gradients[i];
  const losses = state.losses.length ? state.losses : [valueOf(output)];
  change(inputs, [...losses, evaluate(inputs).values[output]]);
}

function undo() {
  if (!state.past.length) return;
  update({ ...state.past.at(-1), past: state.past.slice(0, -1) });
  keepInAddress();
}

const reset = () => { if (!shown().isRecorded) change({}); };

// --- the address: #w1=0.5,b=2.0 ---

function parsed(text) {
  const plain = text.trim().replace("−", "-").toLowerCase();
  return /^[-+]?(inf|nan|(\d+\.?\d*|\.\d+)(e[-+]?\d+)?)$/.test(plain) ? number(plain) : null;
}

function keepInAddress() {
  const pairs = Object.entries(state.inputs).map(([i, x]) => `${encodeURIComponent(nodes[i].name)}=${exact(x)}`);
  try {
    history.replaceState(null, "", `#${pairs.join()}`);
  } catch {
    // a frame in a notebook may have no address
  }
}

// Whatever is not a leaf with a dial and a number is ignored.
function inputsOfAddress() {
  const inputs = {};
  for (const pair of location.hash.slice(1).split(",")) {
    const [name, text, ...more] = pair.split("="), x = parsed(text ?? "");
    let decoded;
    try {
      decoded = decodeURIComponent(name);
    } catch {
      continue;
    }
    const i = nodes.findIndex((node) => node.leaf && node.name === decoded);
    if (i >= 0 && x !== null && !more.length && !isOff(i) && !Object.is(x, recorded.values[i])) inputs[i] = x;
  }
  return inputs;
}

addEventListener("hashchange", () => {
  const inputs = inputsOfAddress(), isGiven = Object.keys(inputs).length > 0;
  update({ inputs, losses: [], past: [], isOpen: isGiven || state.isOpen, step: isGiven ? state.step || last : state.step });
  refit();
});

// --- dials ---

function niceAbove(x) {
  const unit = 10 ** Math.floor(Math.log10(x));
  return unit * [1, 2, 5, 10].find((factor) => factor * unit >= x);
}

function field(type, id, className) {
  const made = element("input", className);
  Object.assign(made, { type, id, autocomplete: "off" });
  return made;
}

const briefly = (x) => exact(Number(x.toPrecision(6)));

const dials = nodes.flatMap((node, i) => {
  if (!node.leaf) return [];
  const row = element("li"), label = element("label", "", ""), start = recorded.values[i];
  const range = field("range", `dial-${i}`), digits = field("text", `number-${i}`, "value"), learns = field("checkbox", `learns-${i}`);
  const learning = element("label", "learns");
  label.append(element("bdi", "", node.name));
  label.htmlFor = range.id;
  learning.append(learns, element("span"));
  const half = niceAbove(2 * Math.max(Math.abs(start), 0.5));
  range.disabled = isOff(i) || !Number.isFinite(half);
  if (!range.disabled) Object.assign(range, { min: start - half, max: start + half, step: half / 100 });
  digits.disabled = learns.disabled = isOff(i);
  digits.inputMode = "decimal";
  learns.checked = program.learns.includes(i) && !isOff(i);
  const gradient = element("output", "gradient"), reason = element("p", "reason");
  row.append(label, learning, gradient, range, digits, reason);
  range.addEventListener("input", () => {
    turnTo(i, Number(range.value));
    isTurning = true;
  });
  for (const end of ["change", "pointerdown"]) range.addEventListener(end, () => { isTurning = false; });
  digits.addEventListener("change", () => {
    const x = parsed(digits.value);
    digits.setAttribute("aria-invalid", x === null);
    if (x !== null) turnTo(i, x);
  });
  $("dials").append(row);
  return [{ i, range, digits, learns, learning, gradient, reason }];
});

let written = null; // what the fields have

function renderLaboratory({ gradients }, text) {
  const { values, result, isRecorded } = shown(), isNew = shown() !== written;
  written = shown();
  $("main").classList.toggle("with-laboratory", state.isOpen);
  $("laboratory").hidden = !state.isOpen;
  $("laboratory-toggle").setAttribute("aria-expanded", state.isOpen);
  for (const { i, range, digits, learning, learns, gradient, reason } of dials) {
    const why = reasonOff(i, text), name = nodes[i].name;
    if (!range.disabled && Number(range.value) !== result.values[i]) range.value = result.values[i];
    range.setAttribute("aria-valuetext", values[i][1]);
    if (isNew) digits.setAttribute("aria-invalid", false); // what was refused gives way to the number that there is now
    if (digits.getAttribute("aria-invalid") !== "true") digits.value = values[i][1].length > 9 ? briefly(result.values[i]) : values[i][1];
    digits.title = values[i][1];
    digits.setAttribute("aria-label", filled(text.dialNumber, { name }));
    put(learning.lastChild, text.dialLearns);
    learns.setAttribute("aria-label", filled(text.dialLearnsName, { name }));
    put(gradient, gradients[i] ? gradients[i].short : "");
    gradient.title = filled(text.gradient, { number: gradients[i]?.exact ?? "?" });
    put(reason, why);
  }
  for (const [id, able] of [["undo", state.past.length > 0], ["reset", !isRecorded]]) $(id).setAttribute("aria-disabled", !able);
  const others = nodes.flatMap((node, i) => result.sides[i] === recorded.sides[i] ? [] : [`${node.written} (${node.operation})`]);
  const said = isRecorded ? [text.labStart] : [filled(text.labNow, {
    output: nodes[output].written, now: values[output][0], before: numeral(recorded.values[output]),
  })];
  if (others.length) said.push(filled(text.labSides, { names: others.join(", ") }));
  const branches = otherBranches(result);
  if (branches.length) said.push(filled(text.labBranch, { lines: branches.map((line) => `“${line}”`).join(", ") }));
  put($("comparisons"), data.comparisons === null ? text.labComparisons : "");
  put($("found"), said.join(text.between));
  renderCurve(text);
}

function renderCurve(text) {
  const { losses } = state, finite = losses.filter(Number.isFinite);
  $("curve").toggleAttribute("hidden", losses.length < 2);
  if (losses.length < 2) return;
  const low = Math.min(...finite), high = Math.max(...finite), span = high - low || 1;
  const points = losses.map((loss, k) => [6 + (268 * k) / (losses.length - 1), Number.isFinite(loss) ? 54 - (48 * (loss - low)) / span : 6]);
  $("curve").querySelector("polyline").setAttribute("points", points.map((point) => point.join()).join(" "));
  const dot = $("curve").querySelector("circle"), [x, y] = points.at(-1);
  dot.setAttribute("cx", x);
  dot.setAttribute("cy", y);
  const words = filled(text.labCurve, {
    output: nodes[output].written, steps: losses.length - 1, first: numeral(losses[0]), last: numeral(losses.at(-1)),
  });
  $("curve").querySelector("svg").setAttribute("aria-label", words);
  put($("curve").querySelector("figcaption"), words);
}

function openLaboratory(isOpen, i) {
  update({ isOpen });
  refit();
  const dial = dials.find((each) => each.i === i);
  if (dial) (dial.range.disabled ? dial.digits : dial.range).focus();
}

for (const [id, act] of Object.entries({ descend, undo, reset })) $(id).addEventListener("click", act);
$("laboratory-toggle").addEventListener("click", () => openLaboratory(!state.isOpen));
$("rate").value = exact(state.rate);
$("rate").addEventListener("change", () => {
  const x = parsed($("rate").value);
  $("rate").setAttribute("aria-invalid", !Number.isFinite(x ?? NaN));
  if (Number.isFinite(x ?? NaN)) state.rate = x;
});
