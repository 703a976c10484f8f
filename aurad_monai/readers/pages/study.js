"use strict";
// One item at a time: show it, take the answer, go on when the server has it on its disk.

const byId = (name) => document.getElementById(name);
const EDGE = 1024;
let reader = "", item = null, appeared = 0;
let gray = null, outlines = null;
let view = { zoom: 1, x: 0, y: 0, low: 0, high: 255 };

function fault(text) {
  byId("fault").textContent = text;
  byId("fault").hidden = !text;
}

async function ask(path, options) {
  let answer;
  try { answer = await fetch(path, options); } catch (error) { throw new Error("the study's server does not answer; start it again, nothing is lost"); }
  const content = await answer.json();
  if (!answer.ok) throw new Error(content.error || `error ${answer.status}`);
  return content;
}

function loaded(source) {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.onload = () => resolve(picture);
    picture.onerror = () => reject(new Error("the picture cannot be loaded"));
    picture.src = source;
  });
}

// The window: gray levels from low to high become black to white.
function windowed() {
  const copy = document.createElement("canvas");
  copy.width = gray.width; copy.height = gray.height;
  const context = copy.getContext("2d", { willReadFrequently: true });
  context.drawImage(gray, 0, 0);
  const pixels = context.getImageData(0, 0, copy.width, copy.height);
  const scale = 255 / Math.max(view.high - view.low, 1);
  for (let index = 0; index < pixels.data.length; index += 4) {
    const level = (pixels.data[index] - view.low) * scale;
    pixels.data[index] = pixels.data[index + 1] = pixels.data[index + 2] = level;
  }
  context.putImageData(pixels, 0, 0);
  return copy;
}

let shown = null;
function draw() {
  const context = byId("picture").getContext("2d");
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.fillStyle = "#000";
  context.fillRect(0, 0, EDGE, EDGE);
  if (!gray) return;
  context.setTransform(view.zoom, 0, 0, view.zoom, view.x, view.y);
  context.imageSmoothingQuality = "high";
  context.drawImage(shown, 0, 0, EDGE, EDGE);
  if (outlines) context.drawImage(outlines, 0, 0, EDGE, EDGE);
}

function rewindow() { shown = windowed(); draw(); }

function reset() {
  view = { zoom: 1, x: 0, y: 0, low: 0, high: 255 };
  if (gray) rewindow();
}

function zoom(factor, x, y) {
  const next = Math.min(Math.max(view.zoom * factor, 1), 12);
  const change = next / view.zoom;
  view.x = Math.min(0, Math.max(EDGE - EDGE * next, x - (x - view.x) * change));
  view.y = Math.min(0, Math.max(EDGE - EDGE * next, y - (y - view.y) * change));
  view.zoom = next;
  draw();
}

function pointer() {
  const canvas = byId("picture");
  const scale = () => EDGE / canvas.clientWidth;
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, event.offsetX * scale(), event.offsetY * scale());
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons || !gray) return;
    const x = event.movementX * scale(), y = event.movementY * scale();
    if (event.shiftKey || event.buttons === 2) {
      const middle = (view.low + view.high) / 2 - y / 6, width = Math.max(10, view.high - view.low + x / 3);
      view.low = middle - width / 2; view.high = middle + width / 2;
      rewindow();
    } else {
      view.x = Math.min(0, Math.max(EDGE - EDGE * view.zoom, view.x + x));
      view.y = Math.min(0, Math.max(EDGE - EDGE * view.zoom, view.y + y));
      draw();
    }
  });
  canvas.addEventListener("keydown", (event) => {
    if (event.key === "+" || event.key === "=") zoom(1.25, EDGE / 2, EDGE / 2);
    else if (event.key === "-") zoom(0.8, EDGE / 2, EDGE / 2);
    else if (event.key === "0") reset();
  });
}

function show(section) {
  for (const name of ["start", "item", "end"]) byId(name).hidden = name !== section;
}

const PARTS = {
  training: "Training: after your answer you are told what it is.",
  study: "Study: you are not told what it is.",
  outlines: "Only the outline is asked about now.",
};

function askFor(part) {
  const outlinesOnly = part === "outlines";
  for (const [name, asked] of [["judged", !outlinesOnly], ["confidence", !outlinesOnly], ["finding", !outlinesOnly], ["useful", outlinesOnly]]) {
    const box = byId(`ask-${name}`);
    box.hidden = !asked;
    for (const field of box.querySelectorAll("input, select")) field.disabled = !asked;
  }
}

async function next() {
  fault("");
  const state = await ask(`/api/next?reader=${encodeURIComponent(reader)}`);
  if (!state.item) { show("end"); return; }
  item = state.item;
  byId("answer").reset();
  byId("truth").hidden = byId("on").hidden = true;
  byId("send").disabled = true;
  byId("send").hidden = false;
  byId("progress").textContent = `${state.done + 1} of ${state.total}${state.pilot ? " (pilot)" : ""}`;
  byId("part").textContent = PARTS[state.part];
  askFor(state.part);
  const select = byId("finding");
  if (select.options.length === 2) for (const finding of state.findings) select.add(new Option(finding.label, finding.name));
  show("item");
  outlines = null;
  gray = await loaded(`/pictures/${item}.png`);
  if (state.part === "outlines") outlines = await loaded(`/outlines/${item}.png`);
  reset();
  appeared = performance.now();
  byId("send").disabled = false;
  byId("picture").dataset.item = item;
}

function chosen(name) {
  const field = document.querySelector(`input[name=${name}]:checked`);
  return field && !field.disabled ? field.value : "";
}

async function send() {
  byId("send").disabled = true;
  const content = {
    reader, item, judged: chosen("judged"), confidence: Number(chosen("confidence")), finding: byId("finding").value,
    useful: chosen("useful"), note: byId("note").value, seconds: (performance.now() - appeared) / 1000,
  };
  const kept = await ask("/api/answer", { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(content) });
  if (!kept.truth) { await next(); return; }
  const findings = kept.truth.findings.length ? `; its mask holds ${kept.truth.findings.join(", ").replaceAll("_", " ")}` : "";
  byId("truth").textContent = `It is ${kept.truth.kind}${findings}.`;
  byId("truth").hidden = byId("on").hidden = false;
  byId("send").hidden = true;
  byId("on").focus();
}

function guarded(action) {
  return async (event) => {
    if (event) event.preventDefault();
    try { await action(); } catch (error) { fault(error.message); byId("send").disabled = false; }
  };
}

pointer();
byId("enter").addEventListener("submit", guarded(async () => {
  reader = byId("code").value;
  sessionStorage.setItem("reader", reader);
  await next();
}));
byId("answer").addEventListener("submit", guarded(send));
byId("on").addEventListener("click", guarded(next));
if (sessionStorage.getItem("reader")) {
  byId("code").value = sessionStorage.getItem("reader");
  reader = byId("code").value;
  guarded(next)();
}
