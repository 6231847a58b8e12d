// The film of a training: `data` and the controls are those of web/controls.js, which precedes this script.
const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const palette = data.palette ? bytes(data.palette) : null, fields = scenes.map(({ field }) => field ? bytes(field) : null);
const brush = $("field").getContext("2d"), paths = all(".answer"), moments = all(".moment");
let spoken = null;

function render() {
  const text = texts[state.language], { step, loss, right } = scenes[state.step];
  if (text !== spoken) {
    spoken = text;
    translateControls(text);
  }
  const told = [
    step ? filled(text.caption, { step }) : text.start,
    step ? `${text.lossAxis} ${loss}` : null,
    right === undefined ? null : filled(text.right, { right, samples: data.samples }),
  ].filter(Boolean).join(text.between);
  $("told").parentNode.setAttribute("aria-live", state.playing ? "off" : "polite"); // many moments a second
  put($("told"), told);
  renderControls(filled(text.position, { step, steps: data.steps }), told);
  moments.forEach((line, i) => line.classList.toggle("now", i === state.step && step > 0));
  paths.forEach((path, i) => path.setAttribute("d", scenes[state.step].paths[i]));
  if (fields[state.step]) paint(fields[state.step]);
}

// Writes the colours, a pixel for each point; the browser spreads them over the picture smoothly.
function paint(field) {
  const image = brush.createImageData(...data.size);
  field.forEach((place, i) => image.data.set(palette.subarray(4 * place, 4 * place + 4), 4 * i));
  brush.putImageData(image, 0, 0);
}

// --- the beginning ---

// The outer points are on the edges of the plot, so half of their pixels is outside.
if (palette) {
  const [left, top, width, height, whole, tall] = data.box, [columns, rows] = data.size, percent = (x) => `${100 * x}%`;
  const frame = $("frame").style, canvas = $("field"), across = 0.5 / (columns - 1), down = rows > 1 ? 0.5 / (rows - 1) : 0;
  [frame.left, frame.top, frame.width, frame.height] = [left / whole, top / tall, width / whole, height / tall].map(percent);
  [canvas.width, canvas.height] = data.size;
  [canvas.style.left, canvas.style.top, canvas.style.width, canvas.style.height] =
    [-across, -down, 1 + 2 * across, 1 + 2 * down].map(percent);
  $("screen").style.setProperty("--shape", whole / tall);
}
$("screen").classList.toggle("alone", !palette);
for (const option of $("speed").options) option.value /= 10; // the player's steps are to be read, these are to be seen
state.step = last;
render();
