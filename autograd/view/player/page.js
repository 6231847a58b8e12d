"use strict";
// Everything shown comes from the JSON in #data, and goes into the page as text only.
const { lang: opening, text: texts, nodes, groups, scenes } = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const output = nodes.length - 1;
const last = scenes.length - 1;
const BLANK = "?";
let text, language, timer = null, flight = null, shown = -1;

function element(tag, className, content) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (content !== undefined) made.textContent = content;
  return made;
}

// What is there already is not written again: the browser would lay the whole picture out once more.
function put(place, content) {
  if (place.textContent !== content) place.textContent = content;
}

// --- the picture: there are two of it, from left to right and from top to bottom; styles show one ---

const graphs = [...document.querySelectorAll(".graph")];
for (const graph of graphs) {
  const { width, height } = graph.viewBox.baseVal;
  graph.setAttribute("width", width);
  graph.setAttribute("height", height);
}
const boxes = nodes.map((node, i) =>
  [...document.querySelectorAll(`[data-node="${i}"]`)].map((box) => {
    const part = (name) => box.querySelector(name);
    part(".name").textContent = node.title;
    if (!node.leaf) part(".operation").textContent = node.operation;
    return { box, value: part(".value"), gradient: part(".gradient"), title: part("title") };
  }));
const edges = new Map();
for (const edge of document.querySelectorAll("[data-edge]")) {
  const key = edge.dataset.edge;
  if (!edges.has(key)) edges.set(key, []);
  edges.get(key).push(edge);
}

for (const tag of document.querySelectorAll(".tag")) {
  tag.querySelector("text").textContent = nodes[tag.dataset.of].title;
}

function fit() {
  for (const graph of graphs) {
    const { width, height } = graph.viewBox.baseVal;
    const scale = Math.min(1.25, Math.max(0.7, ($("stage").clientWidth - 26) / width));
    graph.setAttribute("width", width * scale);
    graph.setAttribute("height", height * scale);
  }
}

const edgesOf = (scene) =>
  scene.kind === "backward" ? edges.get(`${scene.node}.${scene.index}`) ?? []
  : scene.kind === "forward" ? [...edges].filter(([key]) => key.startsWith(`${scene.node}.`)).flatMap(([, all]) => all)
  : [];

// --- the state after a scene ---

const computedAt = nodes.map((node) => node.leaf ? 0 : Infinity);
scenes.forEach((scene, i) => { if (scene.kind === "forward") computedAt[scene.node] = i; });
const turn = scenes.findIndex((scene) => scene.kind === "seed");

function stateAfter(step) {
  const gradients = nodes.map(() => null), locals = new Map();
  for (const scene of scenes.slice(0, step + 1)) {
    if (scene.kind === "backward") {
      gradients[scene.parent] = { short: scene.gradient[0], exact: scene.gradient[1], complete: scene.complete };
      locals.set(`${scene.node}.${scene.index}`, scene.local);
    } else if (scene.gradient) {
      gradients[scene.node] = { short: scene.gradient[0], exact: scene.gradient[1], complete: true };
    }
  }
  return { gradients, locals };
}

// --- lines and sentences ---

function write(into, line) {
  into.replaceChildren(...line.map(([role, ...pieces]) => {
    if (role === "word") return element("span", "", text.words[pieces[0]]);
    if (pieces.length === 1) return element(role === "name" ? "bdi" : "span", role, pieces[0]);
    const fraction = element("span", `fraction ${role}`);
    fraction.append(element("bdi", "", pieces[0]), element("span", "hidden", "/"), element("bdi", "", pieces[1]));
    return fraction;
  }));
}

const plain = (line) =>
  line.map(([role, ...pieces]) => role === "word" ? text.words[pieces[0]] : pieces.join("/")).join("");

function say(scene) {
  const named = {
    output: nodes[output].written, node: nodes[scene.node]?.written, parent: nodes[scene.parent]?.written,
    operation: nodes[scene.node]?.operation, rule: scene.rule,
  };
  const sentences = scene.say.map((key) => text[`say${key[0].toUpperCase()}${key.slice(1)}`]);
  return sentences.join(language === "zh" ? "" : " ").split(/\{(\w+)\}/).map((piece, i) =>
    i % 2 ? element("bdi", piece === "rule" ? "local" : "", named[piece]) : document.createTextNode(piece));
}

const filled = (template, values) => template.replace(/\{(\w+)\}/g, (_, key) => values[key]);

// --- showing a scene ---

function show(step, moving) {
  step = Math.max(0, Math.min(last, step));
  const scene = scenes[step], { gradients, locals } = stateAfter(step);
  const direction = scene.kind === "start" ? "" : scene.kind === "forward" ? "forward" : "backward";
  nodes.forEach((node, i) => {
    const known = computedAt[i] <= step, gradient = gradients[i];
    for (const { box, value, gradient: place, title } of boxes[i]) {
      put(value, known ? node.value[0] : BLANK);
      put(place, gradient ? gradient.short : "");
      put(title, `${node.written} = ${known ? node.value[1] : BLANK}`
        + (gradient ? `\n${filled(text.gradient, { number: gradient.exact })}` : ""));
      box.classList.toggle("pending", !known);
      box.classList.toggle("known", gradient !== null);
      box.classList.toggle("complete", Boolean(gradient?.complete));
      const receives = i === (scene.parent ?? scene.node);
      box.classList.toggle("forward", receives && direction === "forward");
      box.classList.toggle("backward", receives && direction === "backward");
      box.classList.toggle("source", scene.kind === "backward" && i === scene.node && !receives);
    }
    const row = $("digits").rows[i];
    put(row.cells[1], known ? node.value[1] : text.unknown);
    put(row.cells[2], gradient ? gradient.exact : text.unknown);
    row.cells[1].className = known ? "value" : "unknown";
    row.cells[2].className = gradient ? "gradient" : "unknown";
  });
  const hot = edgesOf(scene);
  for (const [key, all] of edges) {
    for (const edge of all) {
      edge.classList.toggle("forward", direction === "forward" && hot.includes(edge));
      edge.classList.toggle("backward", direction === "backward" && hot.includes(edge));
      put(edge.querySelector(".factor"), locals.has(key) ? `× ${locals.get(key)}` : "");
    }
  }
  const phase = text[direction === "" ? "phaseStart" : direction === "forward" ? "phaseForward" : "phaseBackward"];
  $("phase").textContent = phase;
  $("phase").className = direction;
  write($("equation"), scene.line);
  $("words").replaceChildren(...say(scene));
  $("slider").value = step;
  $("slider").setAttribute("aria-valuetext", `${phase}. ${filled(text.position, { step, steps: last })}. ${plain(scene.line)}`);
  $("position").textContent = filled(text.position, { step, steps: last });
  for (const id of ["first", "previous"]) $(id).setAttribute("aria-disabled", step === 0);
  for (const id of ["next", "last"]) $(id).setAttribute("aria-disabled", step === last);
  document.querySelector("#steps [aria-current]")?.removeAttribute("aria-current");
  const entry = $("steps").children[step].firstChild;
  entry.setAttribute("aria-current", "step");
  bringIntoView($("steps"), entry.getBoundingClientRect());
  shown = step;
  look(scene, hot, direction, moving);
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
  const all = elements.map((each) => each.getBoundingClientRect());
  return {
    left: Math.min(...all.map((r) => r.left)), right: Math.max(...all.map((r) => r.right)),
    top: Math.min(...all.map((r) => r.top)), bottom: Math.max(...all.map((r) => r.bottom)),
  };
}

// Looks at the boxes that take part, or at the one that receives where both do not fit, and lets a dot travel
// along the first edge, the way the numbers go.
function look(scene, hot, direction, moving) {
  cancelAnimationFrame(flight);
  const visible = graphs.find((graph) => graph.getBoundingClientRect().width > 0);
  for (const graph of graphs) graph.querySelector(".pulse").setAttribute("class", "pulse");
  if (!visible) return;
  const box = (i) => visible.querySelector(`[data-node="${i}"]`);
  const receiver = box(scene.parent ?? scene.node);
  const tag = hot.find((edge) => visible.contains(edge))?.querySelector(".tag");
  const part = receiver ? around([box(scene.node), direction === "backward" && tag ? tag : receiver]) : null;
  const stage = $("stage").getBoundingClientRect();
  if (!part) $("stage").scrollTo({ left: 0, top: 0 });
  else if (part.right - part.left < stage.width && part.bottom - part.top < stage.height) bringIntoView($("stage"), part);
  else bringIntoView($("stage"), around([receiver]));
  const path = hot.find((edge) => visible.contains(edge))?.querySelector("path");
  if (!path || !moving || calm.matches) return;
  const pulse = visible.querySelector(".pulse"), length = path.getTotalLength(), start = performance.now();
  pulse.setAttribute("class", `pulse ${direction}`);
  const fly = (now) => {
    const part = Math.min(1, Math.max(0, (now - start) / 550)), eased = part * part * (3 - 2 * part);
    const { x, y } = path.getPointAtLength(length * (direction === "forward" ? eased : 1 - eased));
    pulse.setAttribute("cx", x);
    pulse.setAttribute("cy", y);
    if (part < 1) flight = requestAnimationFrame(fly);
    else pulse.setAttribute("class", "pulse");
  };
  fly(start);
}

// --- controls ---

function playing(on) {
  clearInterval(timer);
  timer = on ? setInterval(advance, Number($("speed").value)) : null;
  $("play").classList.toggle("playing", on);
  $("play").querySelector("span").textContent = on ? text.pause : text.play;
}

function advance() {
  show(shown + 1, true);
  if (shown === last) playing(false);
}

function go(step) {
  playing(false);
  if (step !== shown && step >= 0 && step <= last) show(step, step === shown + 1);
}

function toggle() {
  if (timer !== null) return playing(false);
  playing(true);
  show(shown === last ? 0 : shown + 1, true);
  if (shown === last) playing(false);
}

const moves = { first: () => go(0), previous: () => go(shown - 1), next: () => go(shown + 1), last: () => go(last) };
for (const [id, move] of Object.entries(moves)) $(id).addEventListener("click", move);
$("play").addEventListener("click", toggle);
$("slider").addEventListener("input", () => go(Number($("slider").value)));
$("speed").addEventListener("change", () => { if (timer !== null) playing(true); });
$("language").addEventListener("click", () => speak(language === "en" ? "zh" : "en"));
addEventListener("resize", () => { fit(); show(shown, false); });

const keys = { ArrowRight: moves.next, ArrowLeft: moves.previous, Home: moves.first, End: moves.last };
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select")) return;
  const takesSpace = event.target.closest("button, summary");
  if (event.key === " " && !takesSpace && !event.repeat) toggle();
  else if (event.key in keys) keys[event.key]();
  else return;
  event.preventDefault();
});

// --- language, and the beginning ---

function speak(next) {
  language = next;
  text = texts[language];
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = text.title;
  for (const place of document.querySelectorAll("[data-text]")) place.textContent = text[place.dataset.text];
  for (const place of document.querySelectorAll("[data-label]")) {
    place.setAttribute("aria-label", text[place.dataset.label]);
    if (place.tagName === "BUTTON") place.title = text[place.dataset.label];
  }
  for (const frame of document.querySelectorAll("[data-frame]")) {
    frame.querySelector("text").textContent = groups[frame.dataset.frame].replace(/^neuron\b/, text.neuron);
  }
  $("language").textContent = text.other;
  $("language").lang = language === "zh" ? "en" : "zh-CN";
  scenes.forEach((scene, i) => {
    const line = $("steps").children[i].firstChild.lastChild;
    line.textContent = plain(scene.line);
  });
  playing(timer !== null);
  show(Math.max(0, shown), false);
}

scenes.forEach((scene, i) => {
  const entry = element("li"), button = element("button");
  button.type = "button";
  button.append(element("span", "", i), element("span"));
  button.addEventListener("click", () => go(i));
  entry.append(button);
  $("steps").append(entry);
});
nodes.forEach((node) => {
  const row = $("digits").insertRow(), name = element("th");
  name.scope = "row";
  name.append(element("bdi", "", node.name));
  row.append(name, element("td"), element("td"));
});
$("slider").max = last;
$("slider").style.setProperty("--turn", `${(100 * (turn - 0.5)) / Math.max(1, last)}%`);
fit();
speak(opening);
