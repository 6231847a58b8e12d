// The player: `data` and the controls are those of web/controls.js, which precedes program.js and this script.
const { groups, scales } = data;

// --- what is known after a step ---

const computedAt = nodes.map((node) => node.leaf ? 0 : Infinity);
scenes.forEach((scene, i) => { if (scene.phase === "forward") computedAt[scene.node] = i; });

function knownAfter(step) {
  const now = shown(), values = nodes.map((_, i) => computedAt[i] <= step ? now.values[i] : null);
  const gradients = nodes.map(() => null), locals = new Map();
  for (const { to, edges, local, gradient, complete } of now.scenes.slice(0, step + 1)) {
    if (gradient) gradients[to] = { short: gradient[0], exact: gradient[1], complete };
    if (local !== undefined) locals.set(edges[0], local);
  }
  return { values, gradients, locals };
}

// --- words ---

const plain = (line, text) =>
  line.map(([role, ...pieces]) => role === "word" ? text.words[pieces[0]] : pieces.join("/")).join("");

// What a scene says, in pieces with their roles.
function sentences(scene, text) {
  const named = {
    output: nodes.at(-1).written, node: nodes[scene.node]?.written, parent: nodes[scene.to]?.written,
    operation: nodes[scene.node]?.operation, rule: scene.rule,
  };
  const all = scene.say.map((key) => text[`say${key[0].toUpperCase()}${key.slice(1)}`]).join(text.between);
  return all.split(/\{(\w+)\}/).map((piece, i) => i % 2 ? [piece === "rule" ? "local" : "name", named[piece]] : ["", piece]);
}

// Writes the line and the sentences of a scene into an element that holds a paragraph for each.
function write(place, scene, text) {
  place.firstChild.replaceChildren(...scene.line.map(([role, ...pieces]) => {
    if (role === "word") return element("span", "", text.words[pieces[0]]);
    if (pieces.length === 1) return element(role === "name" ? "bdi" : "span", role, pieces[0]);
    const fraction = element("span", `fraction ${role}`);
    fraction.append(element("bdi", "", pieces[0]), element("span", "hidden", "/"), element("bdi", "", pieces[1]));
    return fraction;
  }));
  place.lastChild.replaceChildren(...sentences(scene, text).map(([role, words]) =>
    role ? element("bdi", role, words) : document.createTextNode(words)));
}

// --- rendering ---

function render(moving) {
  const text = texts[state.language], scene = shown().scenes[state.step], known = knownAfter(state.step);
  const translated = text !== spoken;
  if (translated) translate(text);
  if (translated || shown() !== listed) listSteps(text);
  renderPicture(scene, known, text);
  renderCaption(scene, text);
  if (translated) fit();
  renderLists(known, text);
  renderLaboratory(known, text);
  look(scene, moving);
}

// The boxes have room for the recorded numbers; a longer one is written closer.
function putWithin(room, place, content) {
  put(place, content);
  if (content.length * 8.6 <= room) return place.removeAttribute("textLength");
  place.setAttribute("textLength", room);
  place.setAttribute("lengthAdjust", "spacingAndGlyphs");
}

const graphs = all(".graph");
const boxes = all("[data-node]").map((box) => {
  const part = (name) => box.querySelector(name);
  const room = Number(part(".pill").getAttribute("width")) - 6;
  return { box, i: Number(box.dataset.node), value: part(".value"), gradient: part(".gradient"), title: part("title"), room };
});
const edges = all("[data-edge]").map((edge) => ({ edge, key: edge.dataset.edge, factor: edge.querySelector(".factor") }));

function renderPicture(scene, { values, gradients, locals }, text) {
  for (const { box, i, value, gradient: place, title, room } of boxes) {
    const known = values[i], gradient = gradients[i];
    putWithin(room, value, known ? known[0] : "?");
    putWithin(room, place, gradient ? gradient.short : "");
    put(title, `${nodes[i].written} = ${known ? known[1] : "?"}`
      + (gradient ? `\n${filled(text.gradient, { number: gradient.exact })}` : ""));
    box.classList.toggle("known", gradient !== null);
    box.classList.toggle("complete", Boolean(gradient?.complete));
    for (const phase of ["forward", "backward"]) box.classList.toggle(phase, i === scene.to && phase === scene.phase);
    box.classList.toggle("source", i === scene.node && scene.to !== i);
  }
  for (const { edge, key, factor } of edges) {
    for (const phase of ["forward", "backward"]) {
      edge.classList.toggle(phase, phase === scene.phase && scene.edges.includes(key));
    }
    put(factor, locals.has(key) ? `× ${locals.get(key)}` : "");
  }
}

function renderCaption(scene, text) {
  const { step } = state;
  const phase = text[`phase${scene.phase[0].toUpperCase()}${scene.phase.slice(1)}`];
  const position = filled(text.position, { step, steps: last });
  put($("phase"), phase);
  $("phase").className = scene.phase;
  write($("line"), scene, text);
  renderControls(position, `${phase}. ${position}. ${plain(scene.line, text)}`);
}

function renderLists({ values, gradients }, text) {
  nodes.forEach((_, i) => {
    const cells = $("digits").rows[i].cells, value = values[i]?.[1], gradient = gradients[i]?.exact;
    put(cells[1], value ?? text.unknown);
    put(cells[2], gradient ?? text.unknown);
    cells[1].className = value ? "value" : "unknown";
    cells[2].className = gradient ? "gradient" : "unknown";
  });
  document.querySelector("#steps [aria-current]")?.removeAttribute("aria-current");
  const entry = $("steps").children[state.step].firstChild;
  entry.setAttribute("aria-current", "step");
  bringIntoView($("steps"), entry.getBoundingClientRect());
}

let spoken = null;

// What no step changes.
function translate(text) {
  spoken = text;
  translateControls(text);
  for (const frame of all("[data-frame]")) {
    frame.querySelector("text").textContent = groups[frame.dataset.frame].replace(/^neuron\b/, text.neuron);
  }
}

let listed = null;

// What no step changes, but a dial.
function listSteps(text) {
  listed = shown();
  listed.scenes.forEach((scene, i) => put($("steps").children[i].firstChild.lastChild, plain(scene.line, text)));
}

// --- places and sizes ---

let fitted = "";

// Keeps room for the tallest line and sentence, so that nothing jumps, and gives the picture what is left of the
// window: all of it if that is readable, from left to right or in the larger form, else a part, which then moves along.
function fit() {
  const size = [innerWidth, innerHeight, $("controls").offsetWidth, state.language, state.isOpen].join();
  const text = texts[state.language];
  if (size === fitted) return;
  fitted = size;
  const longest = (length) => shown().scenes.map((scene) => [length(scene), scene])
    .sort((one, other) => other[0] - one[0]).slice(0, 4).map(([, scene]) => scene);
  const trial = element("div", "line trial");
  trial.append(element("p"), element("p"));
  $("caption").append(trial);
  const heights = [...longest((s) => plain(s.line, text).length), ...longest((s) => sentences(s, text).join("").length)]
    .map((scene) => (write(trial, scene, text), [...trial.children].map((part) => part.getBoundingClientRect().height)));
  trial.remove();
  [...$("line").children].forEach((part, i) => {
    part.style.minHeight = `${Math.ceil(Math.max(...heights.map((both) => both[i])))}px`;
  });
  const stage = $("stage"), rim = stage.offsetWidth - stage.clientWidth + 2 * parseFloat(getComputedStyle(stage).padding);
  $("laboratory").style.maxHeight = "";
  const isBelow = state.isOpen && $("laboratory").offsetTop > stage.offsetTop;
  if (state.isOpen && !isBelow) $("laboratory").style.maxHeight = `${Math.max(300, innerHeight - stage.offsetTop - 12)}px`;
  const below = isBelow ? $("laboratory").offsetHeight + 8 : 0;
  const others = stage.offsetTop + $("caption").offsetHeight + $("controls").offsetHeight + 8 + below;
  const width = stage.offsetWidth - rim, height = Math.max(120, innerHeight - others - rim);
  const { whole, readable, largest } = scales;
  const sizes = graphs.map((graph) => graph.viewBox.baseVal);
  const scaled = sizes.map((size) => Math.min(width / size.width, height / size.height, largest));
  const larger = scaled[0] >= Math.min(readable, scaled[1]) ? 0 : 1, fits = scaled[larger] >= whole;
  const chosen = fits ? larger : Number(width < height * 1.5);
  const scale = fits ? scaled[chosen] : readable;
  graphs.forEach((graph, i) => {
    graph.toggleAttribute("hidden", i !== chosen);
    graph.setAttribute("width", sizes[i].width * scale);
    graph.setAttribute("height", sizes[i].height * scale);
  });
  stage.style.height = `${Math.min(height, sizes[chosen].height * scale) + rim}px`;
}

// Scrolls the container and nothing around it: the page may be inside another page.
function bringIntoView(container, target) {
  container.scrollTo({ left: container.scrollLeft, top: container.scrollTop, behavior: "instant" }); // ends a ride that is under way
  const room = container.getBoundingClientRect();
  const beyond = (from, to, low, high) => from < low || to > high ? (from + to - low - high) / 2 : 0;
  const left = beyond(target.left - 30, target.right + 30, room.left, room.right);
  const top = beyond(target.top - 4, target.bottom + 4, room.top, room.bottom);
  if (left || top) container.scrollBy({ left, top, behavior: calm.matches ? "instant" : "smooth" });
}

function around(elements) {
  const places = elements.map((each) => each.getBoundingClientRect());
  return {
    left: Math.min(...places.map((r) => r.left)), right: Math.max(...places.map((r) => r.right)),
    top: Math.min(...places.map((r) => r.top)), bottom: Math.max(...places.map((r) => r.bottom)),
  };
}

// Looks at the boxes that take part, or at the one that receives where both do not fit, and lets a dot travel
// along the first edge, the way the numbers go.
let flight = null;

function look(scene, moving) {
  cancelAnimationFrame(flight);
  for (const graph of graphs) graph.querySelector(".pulse").setAttribute("class", "pulse");
  const graph = graphs.find((each) => !each.hasAttribute("hidden")), stage = $("stage");
  if (scene.to === undefined) return stage.scrollTo({ left: 0, top: 0 });
  const box = (i) => graph.querySelector(`[data-node="${i}"]`);
  const hot = scene.edges.length ? graph.querySelector(`[data-edge="${scene.edges[0]}"]`) : null;
  const tag = scene.phase === "backward" ? hot?.querySelector(".tag") : null;
  const part = around([box(scene.node), tag ?? box(scene.to)]), room = stage.getBoundingClientRect();
  const both = part.right - part.left < room.width && part.bottom - part.top < room.height;
  bringIntoView(stage, both ? part : around([box(scene.to)]));
  if (!hot || !moving || calm.matches) return;
  const path = hot.querySelector("path"), pulse = graph.querySelector(".pulse");
  const length = path.getTotalLength(), start = performance.now();
  pulse.setAttribute("class", `pulse ${scene.phase}`);
  const fly = (now) => {
    const done = Math.min(1, Math.max(0, (now - start) / 550)), eased = done * done * (3 - 2 * done);
    const { x, y } = path.getPointAtLength(length * (scene.phase === "forward" ? eased : 1 - eased));
    pulse.setAttribute("cx", x);
    pulse.setAttribute("cy", y);
    if (done < 1) flight = requestAnimationFrame(fly);
    else pulse.setAttribute("class", "pulse");
  };
  fly(start);
}

// --- the size of the window ---

// In a notebook, the page may be there before it has a size, and gets one without a resize of its window.
const refit = () => { fit(); look(shown().scenes[state.step]); };
addEventListener("resize", refit);
new ResizeObserver(refit).observe($("controls"));

// --- the beginning: what never changes is written once ---

for (const { box, i } of boxes) {
  if (nodes[i].leaf) box.addEventListener("click", () => openLaboratory(true, i));
  box.querySelector(".name").textContent = nodes[i].title;
  if (!nodes[i].leaf) box.querySelector(".operation").textContent = nodes[i].operation;
}
for (const tag of all(".tag")) tag.querySelector("text").textContent = nodes[tag.dataset.of].title;
scenes.forEach((_, i) => {
  const entry = element("li"), button = element("button");
  button.type = "button";
  button.append(element("span", "", i), element("span"));
  button.addEventListener("click", () => go(i));
  entry.append(button);
  $("steps").append(entry);
});
for (const node of nodes) {
  const row = $("digits").insertRow(), name = element("th");
  name.scope = "row";
  name.append(element("bdi", "", node.name));
  row.append(name, element("td"), element("td"));
}
const turn = scenes.findIndex((scene) => scene.phase === "backward");
$("slider").style.setProperty("--turn", `${(100 * (turn - 0.5)) / Math.max(1, last)}%`);
state.inputs = inputsOfAddress();
state.isOpen = Object.keys(state.inputs).length > 0;
if (state.isOpen) state.step = last;
render();
