// The recorded program, computed again with other numbers: forward by the operations of the table, which precede this
// script, and backward along the scenes. `scenesOf` gives the scenes with the new numbers in them.
const { nodes, program } = data;

const number = (text) => Number(text.replace(/inf$/, "Infinity"));

// The gradient along an edge. null is the derivative by an operand that was not taken: 0 whatever arrives.
const passed = (gradient, local) => (local === null ? 0 : gradient * local);

// Values, local derivatives by edge ("node.index") and which side each operation takes, for leaves that have other
// numbers: `inputs` maps places in the order to them.
function evaluate(inputs) {
  const values = [], locals = new Map(), sides = [];
  nodes.forEach((node, i) => {
    const step = program.steps[i];
    let slopes;
    if (!step) {
      values[i] = Object.hasOwn(inputs, i) ? inputs[i] : number(node.value[1]);
      return;
    } else if (step.own) {
      values[i] = number(node.value[1]);
      slopes = step.slopes.map(number);
    } else {
      const [value, derivatives, steps] = operations[step.do];
      const operands = step.of.map((x) => (typeof x === "string" ? number(x) : values[x]));
      values[i] = value(...operands);
      const all = derivatives(values[i], ...operands);
      slopes = all.filter((_, k) => typeof step.of[k] === "number");
      sides[i] = all.map((slope) => (slope === null ? "-" : steps ? slope : "+")).join();
    }
    slopes.forEach((slope, k) => locals.set(`${i}.${k}`, slope));
  });
  return { values, locals, sides };
}

// What each scene of the way back adds, in the order of the engine.
function gradientsOf({ locals }) {
  const gradients = nodes.map((_, i) => (i === nodes.length - 1 ? 1 : 0)), steps = new Map();
  scenes.forEach((scene, i) => {
    if (scene.local === undefined) return;
    const local = locals.get(scene.edges[0]), incoming = gradients[scene.node], before = gradients[scene.to];
    const contribution = passed(incoming, local);
    gradients[scene.to] = before + contribution;
    steps.set(i, { local: local ?? 0, incoming, before, contribution, after: gradients[scene.to] });
  });
  return { gradients, steps };
}

// --- numbers as Python writes them ---

const spelled = (x) => (Number.isNaN(x) ? "nan" : x < 0 ? "-inf" : "inf");
const power = (e) => `e${e < 0 ? "-" : "+"}${String(Math.abs(e)).padStart(2, "0")}`;

// All digits: repr(x)
function exact(x) {
  if (!Number.isFinite(x)) return spelled(x);
  const [digits, e] = x.toExponential().split("e").map((part, i) => (i ? Number(part) : part));
  if (x !== 0 && (e < -4 || e >= 16)) return digits + power(e);
  const written = Object.is(x, -0) ? "-0" : String(x);
  return written.includes(".") ? written : `${written}.0`;
}

// Four digits, halves to even
function numeral(x) {
  if (x === 0 || !Number.isFinite(x)) return x === 0 ? "0" : spelled(x);
  if (/^-?\d\.\d\d[02468]50*e/.test(x.toExponential(24))) x *= 1 - Number.EPSILON;
  const [digits, e] = x.toExponential(3).split("e").map((part, i) => (i ? Number(part) : part));
  const short = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
  if (e < -4 || Math.abs(x) >= 1e7) return short(digits) + power(e);
  if (e < 4) return short(x.toFixed(3 - e));
  const isHalf = Math.abs(x) % 1 === 0.5 && Math.floor(Math.abs(x)) % 2 === 0;
  return isHalf ? String(Math.trunc(x)) : x.toFixed(0);
}

const signed = (written) => (written.startsWith("-") ? `(${written})` : written);

// --- scenes with other numbers ---

const EQUALS = ["", " = "], TIMES = ["", " × "], PLUS = ["", " + "];

function scenesOf(result, recorded) {
  const { steps } = gradientsOf(result);
  return scenes.map((scene, i) => {
    if (scene.numbers) return { ...scene, line: forwardLine(scene, result.values) };
    const step = steps.get(i);
    if (!step) return scene;
    const said = scene.say.filter((key) => key !== "nothing" && key !== "blocked" && key !== "rule");
    const isRule = scene.rule && (recorded.sides[scene.node] === result.sides[scene.node]);
    const stops = step.contribution !== 0 ? [] : step.incoming === 0 ? ["nothing"] : step.local === 0 ? ["blocked"] : [];
    said.splice(1, 0, ...(isRule && scene.rule !== numeral(step.local) ? ["rule"] : []), ...stops);
    const number = (role, x) => [role, signed(numeral(x))], gradient = (x) => ["gradient", numeral(x)];
    const line = [...scene.line.slice(0, 6), number("incoming", step.incoming), TIMES, number("local", step.local), EQUALS,
      gradient(step.contribution)];
    if (scene.line.some(([role]) => role === "word")) {
      line.push(["word", "sum"], number("gradient", step.before), PLUS, number("gradient", step.contribution), EQUALS,
        gradient(step.after));
    }
    return { ...scene, say: said, line, local: numeral(step.local), gradient: [numeral(step.after), exact(step.after)] };
  });
}

function forwardLine({ node, line, formula, numbers }, values) {
  const result = ["value", numeral(values[node])];
  const filled = numbers.map(([role, text, place, bare]) => {
    if (place === undefined) return [role, text];
    const written = numeral(values[place]);
    return [role, bare ? written : signed(written)];
  });
  const isSame = filled.map(([, text]) => text).join("") === result[1];
  return [...line.slice(0, formula), ...(isSame ? [] : [...filled, EQUALS]), result];
}
