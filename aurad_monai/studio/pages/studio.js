"use strict";
// The page: what is shown and edited lives here and in this tab's session storage; the server keeps nothing of it.

const byId = (name) => document.getElementById(name);
const EDGE = 768, KEEP = 60;
let words = null, size = 0, layers = [], visible = [], chosen = 0;
let tool = "paint", past = [], future = [], working = 0, again = false, spacing = null, who = "";
let image = null, other = null, stroke = null;

function notice(text, good) {
  const box = document.createElement("p");
  box.className = good ? "notice good" : "notice";
  box.textContent = text;
  byId("notices").append(box);
  setTimeout(() => box.remove(), 12000);
}

async function ask(path, content, raw) {
  const options = content === undefined ? {} : { method: "POST", body: raw ? content : JSON.stringify(content) };
  let answer;
  try { answer = await fetch(path, options); } catch (error) { throw new Error("the studio does not answer; start it again"); }
  let found = {};
  try { found = await answer.json(); } catch (error) { if (answer.ok) throw error; }
  if (!answer.ok) throw new Error(found.error || `the studio failed (${answer.status}); its terminal says why`);
  return found;
}

async function busy(text, action) {
  working += 1;
  const started = performance.now();
  byId("busy").hidden = false;
  const tick = setInterval(() => { byId("busy-text").textContent = `${text} ${((performance.now() - started) / 1000).toFixed(1)} s`; }, 100);
  try { return await action(); } catch (error) { notice(error.message); return null; } finally {
    clearInterval(tick);
    working -= 1;
    byId("busy").hidden = working > 0 ? false : true;
    document.body.dataset.idle = String(working === 0);
  }
}

function all() { return [...words.anatomy, ...words.findings]; }
function anatomyCount() { return words.anatomy.length; }

function patient() {
  const age = byId("age").value, sex = byId("sex").value;
  const parts = [];
  if (byId("view").value) parts.push(`${byId("view").value} view`);
  if (age && sex) parts.push(`${age}-year-old ${sex === "female" ? "woman" : "man"}`);
  else if (sex) parts.push(sex === "female" ? "woman" : "man");
  else if (age) parts.push(`${age} years old`);
  return parts.join(", ");
}

function masks() {
  return { anatomy: Masks.pack(layers.slice(0, anatomyCount())), pathology: Masks.pack(layers.slice(anatomyCount())) };
}

// What is left open of the patient is what was sampled with the mask.
function request() { return { ...masks(), seed: Number(byId("seed").value), patient: patient() || who, spacing }; }

function remember() {
  const fields = Object.fromEntries(["prompt", "seed", "view", "sex", "age", "name"].map((name) => [name, byId(name).value]));
  try { sessionStorage.setItem("studio", JSON.stringify({ ...masks(), fields, chosen, spacing, who })); } catch (error) { /* a full storage loses only the reload */ }
}

function draw() {
  const context = byId("canvas").getContext("2d");
  context.fillStyle = "#000";
  context.fillRect(0, 0, EDGE, EDGE);
  context.imageSmoothingQuality = "high";
  if (image) context.drawImage(image, 0, 0, EDGE, EDGE);
  const opacity = Number(byId("opacity").value) / 100;
  const cover = document.createElement("canvas");
  cover.width = cover.height = size;
  const pen = cover.getContext("2d"), pixels = pen.createImageData(size, size);
  layers.forEach((layer, number) => {
    if (!visible[number]) return;
    const [red, green, blue] = all()[number].color;
    for (let index = 0; index < layer.length; index += 1) {
      if (!layer[index]) continue;
      const column = index % size;
      const inner = layer[index - 1] && layer[index + 1] && layer[index - size] && layer[index + size] && column && column < size - 1;
      const strength = inner ? (number < anatomyCount() ? 0 : opacity) : Math.min(1, opacity * 2);
      if (!strength) continue;
      pixels.data.set([red, green, blue, Math.max(pixels.data[4 * index + 3], 255 * strength)], 4 * index);
    }
  });
  pen.putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(cover, 0, 0, EDGE, EDGE);
  context.imageSmoothingEnabled = true;
}

function choose(number) {
  chosen = number;
  visible[number] = true;
  listLayers();
  draw();
}

function listLayers() {
  const list = byId("layers");
  list.replaceChildren(...all().map((term, number) => {
    const item = document.createElement("li"), swatch = document.createElement("span"), label = document.createElement("label");
    const pick = Object.assign(document.createElement("input"), { type: "radio", name: "layer", checked: number === chosen });
    const show = Object.assign(document.createElement("input"), { type: "checkbox", checked: visible[number] });
    item.className = number === chosen ? "chosen" : "";
    swatch.className = "swatch";
    swatch.style.background = `rgb(${term.color.join(",")})`;
    pick.id = `layer-${term.name}`;
    label.htmlFor = pick.id;
    label.textContent = layers[number] && layers[number].some((value) => value) ? `${term.label} •` : term.label;
    show.setAttribute("aria-label", `show ${term.label}`);
    pick.addEventListener("change", () => choose(number));
    show.addEventListener("change", () => { visible[number] = show.checked; draw(); });
    item.append(pick, swatch, label, show);
    return item;
  }));
}

function changed(number, before) {
  past.push({ number, before, after: layers[number].slice() });
  if (past.length > KEEP) past.shift();
  future = [];
  settled();
}

function settled() {
  byId("undo").disabled = !past.length;
  byId("redo").disabled = !future.length;
  listLayers();
  draw();
  remember();
  if (byId("live").checked) render();
}

function undo(from, to, key) {
  const step = from.pop();
  if (!step) return;
  layers[step.number] = step[key].slice();
  to.push(step);
  choose(step.number);
  settled();
}

function loaded(source) {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.onload = () => resolve(picture);
    picture.onerror = () => reject(new Error("the picture cannot be shown"));
    picture.src = source;
  });
}

// A PNG in base64 becomes a blob of this page: the policy allows no data: addresses.
async function decoded(text) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  return loaded(URL.createObjectURL(new Blob([bytes], { type: "image/png" })));
}

function showVerdict(result) {
  const decision = byId("decision");
  decision.textContent = result.accepted ? "accepted" : "rejected";
  decision.className = result.accepted ? "accepted" : "rejected";
  byId("reasons").replaceChildren(...result.reasons.map((reason) => Object.assign(document.createElement("li"), { textContent: reason })));
  const silent = Object.entries(result.not_judged);
  byId("not-judged").textContent = silent.length ? `Not judged: ${silent.map(([name, why]) => `${name.replaceAll("_", " ")} (${why})`).join("; ")}` : "";
  byId("labels").textContent = `Labels: ${result.labels}`;
}

// One rendering at a time; changes made meanwhile are rendered once after it.
async function render() {
  if (!layers.length) return;
  if (working) { again = true; return; }
  do {
    again = false;
    const result = await busy("rendering", () => ask("/api/render", request()));
    if (result) {
      image = await decoded(result.image);
      document.body.dataset.rendered = String(Number(document.body.dataset.rendered || 0) + 1);
      showVerdict(result);
      draw();
    }
  } while (again);
  remember();
}

async function sample() {
  const chest = document.querySelector("input[name=chest]:checked").value;
  const kept = chest === "kept" && layers.length ? Masks.pack(layers.slice(0, anatomyCount())) : null;
  const prompt = [byId("prompt").value, patient()].filter(Boolean).join(", ");
  const made = await busy("sampling a mask", () => ask("/api/sample", { prompt, seed: Number(byId("seed").value), anatomy: kept }));
  if (!made) return;
  layers = [...Masks.unpack(made.anatomy, anatomyCount(), size), ...Masks.unpack(made.pathology, words.findings.length, size)];
  ({ spacing, patient: who } = made);
  byId("understood").textContent = made.understood.join("; ");
  past = []; future = [];
  image = null;
  byId("comparison").hidden = true;
  byId("strip").replaceChildren();
  const first = layers.findIndex((layer, number) => number >= anatomyCount() && layer.some((value) => value));
  chosen = first < 0 ? anatomyCount() : first;
  byId("undo").disabled = byId("redo").disabled = true;
  listLayers();
  draw();
  await render();
}

async function dropped(file) {
  if (!file) return;
  const ending = (file.name.match(/(\.nii)?\.[A-Za-z0-9]{1,5}$/) || [""])[0];
  const found = await busy("reading the chest", () => ask(`/api/chest?ending=${encodeURIComponent(ending)}`, file, true));
  byId("file").value = "";
  if (!found) return;
  const chest = Masks.unpack(found.anatomy, anatomyCount(), size);
  layers = [...chest, ...(layers.length ? layers.slice(anatomyCount()) : words.findings.map(() => new Uint8Array(size * size)))];
  document.querySelector("input[name=chest][value=kept]").checked = true;
  spacing = null;
  notice("chest read; New mask places the findings in it", true);
  settled();
}

function shade(with_, without) {
  const levels = (picture) => {
    const copy = document.createElement("canvas");
    copy.width = copy.height = size;
    const context = copy.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0, size, size);
    return context.getImageData(0, 0, size, size);
  };
  const first = levels(with_), second = levels(without), context = byId("difference").getContext("2d");
  byId("difference").width = byId("difference").height = size;
  const made = context.createImageData(size, size);
  for (let index = 0; index < made.data.length; index += 4) {
    const change = first.data[index] - second.data[index], strength = Math.min(255, Math.abs(change) * 4);
    made.data.set(change > 0 ? [strength, strength * 0.6, 0, 255] : [0, strength * 0.5, strength, 255], index);
  }
  context.putImageData(made, 0, 0);
}

function split() {
  if (!image || !other) return;
  const canvas = byId("split"), context = canvas.getContext("2d");
  canvas.width = canvas.height = size;
  const at = Math.round((size * Number(byId("slider").value)) / 100);
  context.drawImage(other, 0, 0, size, size);
  if (at) context.drawImage(image, 0, 0, (image.width * at) / size, image.height, 0, 0, at, size);
  context.fillStyle = "#8ab4f8";
  context.fillRect(at - 1, 0, 1, size);
}

async function compare() {
  if (chosen < anatomyCount()) { notice("choose the layer of a finding to take out"); return; }
  const result = await busy("rendering without", () => ask("/api/without", { ...request(), finding: all()[chosen].name }));
  if (!result || !image) return;
  other = await decoded(result.image);
  byId("comparison").hidden = false;
  shade(image, other);
  split();
}

async function more() {
  const first = Number(byId("seed").value) + 1 + byId("strip").children.length;
  const found = await busy("rendering seeds", () => ask("/api/seeds", { ...request(), seed: first, count: 4 }));
  if (!found) return;
  for (const one of found.cases) {
    const button = document.createElement("button"), picture = await decoded(one.image), text = document.createElement("span");
    button.type = "button";
    picture.alt = `radiograph of seed ${one.seed}`;
    text.textContent = `${one.seed} ${one.accepted ? "accepted" : "rejected"}`;
    button.append(picture, text);
    button.addEventListener("click", () => { byId("seed").value = one.seed; image = picture; showVerdict(one); draw(); remember(); });
    byId("strip").append(button);
  }
}

async function save() {
  const made = await busy("saving", () => ask("/api/save", { ...request(), name: byId("name").value }));
  if (made) notice(`saved ${made.folder}; the same again: ${made.command}`, true);
}

async function exported() {
  const formats = [...document.querySelectorAll("#formats input:checked")].map((field) => field.value);
  const made = await busy("exporting", () => ask("/api/export", { name: byId("name").value, formats }));
  if (made) notice(`exported ${made.folders.join(", ")}`, true);
}

function place(event) {
  const scale = size / byId("canvas").clientWidth;
  return { x: event.offsetX * scale - 0.5, y: event.offsetY * scale - 0.5 };
}

function begin(event) {
  if (!layers.length || event.button) return;
  byId("canvas").setPointerCapture(event.pointerId);
  stroke = { before: layers[chosen].slice(), start: place(event), last: place(event) };
  visible[chosen] = true;
  go(event);
}

function go(event) {
  if (!stroke) return;
  const here = place(event);
  if (tool === "paint" || tool === "erase") {
    Masks.stroke(layers[chosen], size, stroke.last, here, Number(byId("brush").value), tool === "paint" ? 1 : 0);
  } else if (tool === "move") {
    layers[chosen] = Masks.moved(stroke.before, size, Math.round(here.x - stroke.start.x), Math.round(here.y - stroke.start.y));
  } else {
    layers[chosen] = Masks.scaled(stroke.before, size, Math.exp((stroke.start.y - here.y) / (size / 2)));
  }
  stroke.last = here;
  draw();
}

function end() {
  if (!stroke) return;
  const { before } = stroke;
  stroke = null;
  if (before.some((value, index) => value !== layers[chosen][index])) changed(chosen, before);
}

function use(name) {
  tool = name;
  for (const button of document.querySelectorAll("[data-tool]")) button.setAttribute("aria-pressed", String(button.dataset.tool === name));
}

function edited(made) {
  const before = layers[chosen];
  layers[chosen] = made;
  changed(chosen, before);
}

function key(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") {
    event.preventDefault();
    if (event.shiftKey) undo(future, past, "after"); else undo(past, future, "before");
    return;
  }
  if (event.target !== byId("canvas") || !layers.length || event.ctrlKey || event.altKey) return;
  const tools = { p: "paint", e: "erase", m: "move", s: "scale" }, step = event.shiftKey ? 8 : 1;
  const arrows = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
  if (tools[event.key]) use(tools[event.key]);
  else if (event.key === "r") render();
  else if (arrows[event.key]) { event.preventDefault(); edited(Masks.moved(layers[chosen], size, ...arrows[event.key])); }
  else if (event.key === "+" || event.key === "=") edited(Masks.scaled(layers[chosen], size, 1.08));
  else if (event.key === "-") edited(Masks.scaled(layers[chosen], size, 1 / 1.08));
}

async function restore() {
  const kept = JSON.parse(sessionStorage.getItem("studio") || "null");
  if (!kept) { listLayers(); draw(); return; }
  for (const [name, value] of Object.entries(kept.fields)) byId(name).value = value;
  layers = [...Masks.unpack(kept.anatomy, anatomyCount(), size), ...Masks.unpack(kept.pathology, words.findings.length, size)];
  ({ chosen, spacing, who } = kept);
  listLayers();
  draw();
  await render();
}

async function start() {
  words = await ask("/api/start");
  size = words.size;
  visible = all().map(() => true);
  chosen = anatomyCount();
  for (const view of words.views) byId("view").add(new Option(view, view));
  for (const sex of words.sexes) byId("sex").add(new Option(sex, sex));
  for (const name of words.formats) {
    const label = document.createElement("label");
    label.append(Object.assign(document.createElement("input"), { type: "checkbox", value: name }), ` ${name}`);
    byId("formats").append(label);
  }
  byId("request").addEventListener("submit", (event) => { event.preventDefault(); sample(); });
  byId("file").addEventListener("change", () => dropped(byId("file").files[0]));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => { event.preventDefault(); dropped(event.dataTransfer.files[0]); });
  for (const button of document.querySelectorAll("[data-tool]")) button.addEventListener("click", () => use(button.dataset.tool));
  for (const [name, action] of Object.entries({ render, compare, more, save, export: exported })) byId(name).addEventListener("click", action);
  byId("undo").addEventListener("click", () => undo(past, future, "before"));
  byId("redo").addEventListener("click", () => undo(future, past, "after"));
  byId("opacity").addEventListener("input", draw);
  byId("slider").addEventListener("input", split);
  const canvas = byId("canvas");
  canvas.addEventListener("pointerdown", begin);
  canvas.addEventListener("pointermove", go);
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", end);
  document.addEventListener("keydown", key);
  for (const name of ["prompt", "seed", "view", "sex", "age", "name"]) byId(name).addEventListener("change", () => { if (layers.length) remember(); });
  await restore();
  document.body.dataset.ready = "true";
}

start().catch((error) => notice(error.message));
