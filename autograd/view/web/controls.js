"use strict";
// What all pages that go through steps share: what they know, their words and their controls. The script that follows
// defines `render(moving)`. Everything shown comes from the JSON in #data, and goes into the page as text only.
const data = JSON.parse(document.getElementById("data").textContent), { lang, text: texts, scenes } = data;
const $ = (id) => document.getElementById(id);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const calm = matchMedia("(prefers-reduced-motion: reduce)"), dark = matchMedia("(prefers-color-scheme: dark)");
const last = scenes.length - 1;

// What the page shows follows from this alone: `update` changes it and renders.
const state = { step: 0, language: lang, theme: dark.matches ? "dark" : "light", playing: false };

function update(change, moving = false) {
  Object.assign(state, change);
  render(moving);
}

// --- words ---

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

const filled = (template, values) => template.replace(/\{(\w+)\}/g, (_, key) => values[key]);

// What no step changes.
function translateControls(text) {
  document.title = text.title;
  document.documentElement.lang = text.code;
  for (const place of all("[data-text]")) place.textContent = text[place.dataset.text];
  for (const place of all("[data-label]")) {
    place.setAttribute("aria-label", text[place.dataset.label]);
    if (place.tagName === "BUTTON") place.title = text[place.dataset.label];
  }
  $("language").textContent = text.other;
  $("language").lang = Object.values(texts).find((other) => other !== text).code;
}

function renderControls(position, spoken) {
  const { step, playing, language } = state, text = texts[language];
  document.documentElement.dataset.theme = state.theme;
  $("slider").value = step;
  $("slider").setAttribute("aria-valuetext", spoken);
  put($("position"), position);
  for (const id of ["first", "previous"]) $(id).setAttribute("aria-disabled", step === 0);
  for (const id of ["next", "last"]) $(id).setAttribute("aria-disabled", step === last);
  $("play").classList.toggle("playing", playing);
  put($("play").querySelector("span"), playing ? text.pause : text.play);
}

// --- controls ---

let timer = null;

// Goes to a step, which stops the player unless it goes on playing.
function go(step, playing = false) {
  step = Math.max(0, Math.min(last, step));
  playing &&= step < last;
  if (step === state.step && playing === state.playing) return;
  if (playing !== state.playing) {
    clearInterval(timer);
    timer = playing ? setInterval(() => go(state.step + 1, true), Number($("speed").value)) : null;
  }
  update({ step, playing }, step === state.step + 1);
}

const toggle = () => state.playing ? go(state.step) : go(state.step === last ? 0 : state.step + 1, true);
const moves = {
  first: () => go(0), previous: () => go(state.step - 1), next: () => go(state.step + 1), last: () => go(last), play: toggle,
};
for (const [id, move] of Object.entries(moves)) $(id).addEventListener("click", move);
$("slider").addEventListener("input", () => go(Number($("slider").value)));
$("speed").addEventListener("change", () => {
  if (!state.playing) return;
  clearInterval(timer);
  timer = setInterval(() => go(state.step + 1, true), Number($("speed").value));
});
$("language").addEventListener("click", () => update({ language: Object.keys(texts).find((code) => code !== state.language) }));

const keys = { ArrowRight: moves.next, ArrowLeft: moves.previous, Home: moves.first, End: moves.last };
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("select, input:not(#slider)")) return;
  const takesSpace = event.target.closest("button, summary");
  if (event.key === " " && !takesSpace && !event.repeat) toggle();
  else if (event.key in keys) keys[event.key]();
  else return;
  event.preventDefault();
});

// A notebook tells the page that it holds which theme it has; a page by itself has that of the system.
dark.addEventListener("change", () => update({ theme: dark.matches ? "dark" : "light" }));
addEventListener("message", ({ source, data }) => {
  if (source === parent && (data === "light" || data === "dark")) update({ theme: data });
});

$("slider").max = last;
