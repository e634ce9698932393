// Charts when they come into view, and files by dropping. Everything else works without it.
"use strict";

(() => {
const bundle = document.currentScript.dataset.bundle;
let loading = null;

function chartLibrary() {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = bundle;
    script.onload = () => resolve(window.vegaEmbed);
    script.onerror = reject;
    document.head.append(script);
  });
  return loading;
}

// light-dark() values as the browser resolves them, put into the chart in place of the print ones
function colour(name) {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  probe.style.color = `var(${name})`;
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

function themed(spec) {
  const config = spec.config;
  const accent = colour("--accent");
  config.background = "transparent";
  config.font = getComputedStyle(document.body).fontFamily;
  Object.assign(config.axis, { gridColor: colour("--line"), labelColor: colour("--muted"), titleColor: colour("--muted") });
  for (const mark of ["line", "circle", "bar"]) config[mark] = { ...config[mark], color: accent };
  for (const layer of spec.layer ?? []) if (layer.mark.type === "rule") layer.mark.color = colour("--ink");
  return spec;
}

async function draw(canvas) {
  const embed = await chartLibrary();
  const spec = themed(JSON.parse(canvas.dataset.chart));
  await embed(canvas, spec, {
    ast: true, actions: false, renderer: "svg", defaultStyle: false,
    formatLocale: JSON.parse(canvas.dataset.locale), tooltip: { disableDefaultStyle: true },
  });
  canvas.dataset.drawn = "yes";
}

const seen = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    seen.unobserve(entry.target);
    draw(entry.target);
  }
}, { rootMargin: "200px" });

function watch(root) {
  for (const canvas of root.querySelectorAll("[data-chart]:not([data-drawn])")) seen.observe(canvas);
  for (const form of root.querySelectorAll("form[data-drop]")) acceptDrops(form);
}

function acceptDrops(form) {
  const input = form.querySelector("input[type=file]");
  form.addEventListener("dragover", (event) => { event.preventDefault(); form.classList.add("over"); });
  form.addEventListener("dragleave", () => form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (!event.dataTransfer.files.length) return;
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copy).textContent;
  try { await navigator.clipboard.writeText(text); } catch {
    const area = document.createElement("textarea");  // pages without TLS have no clipboard
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
});
document.addEventListener("submit", (event) => {
  const asked = event.submitter?.dataset.confirm;
  if (asked && !confirm(asked)) event.preventDefault();
});

// Tiles: dragged by anything, or moved with the arrow keys on their handle
function arranged(list, tile) {
  const form = document.getElementById(list.dataset.arrange);
  form.elements.order.value = [...list.children].map((item) => item.dataset.tile).join(",");
  htmx.trigger(form, "arranged");
  const said = document.getElementById("arranged-said");
  if (said && tile) said.textContent = `${said.dataset.text} ${[...list.children].indexOf(tile) + 1}`;
}
let dragged = null;
document.addEventListener("dragstart", (event) => {
  dragged = event.target.closest?.("[data-tile]");
  if (!dragged) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.tile);
  dragged.classList.add("dragged");
});
document.addEventListener("dragover", (event) => {
  const over = event.target.closest?.("[data-tile]");
  if (!dragged || !over || over.parentElement !== dragged.parentElement) return;
  event.preventDefault();
  if (over === dragged) return;
  const items = [...over.parentElement.children];
  over[items.indexOf(dragged) < items.indexOf(over) ? "after" : "before"](dragged);
});
document.addEventListener("drop", (event) => {
  if (!dragged) return;
  event.preventDefault();
  arranged(dragged.parentElement, dragged);
});
document.addEventListener("dragend", (event) => {
  if (!dragged) return;
  dragged.classList.remove("dragged");
  if (event.dataTransfer.dropEffect === "none") location.reload();  // given up: as it was
  dragged = null;
});
for (const name of ["htmx:responseError", "htmx:sendError"]) document.addEventListener(name, (event) => {
  const asked = event.detail.elt;
  if (!asked.dataset.failed) return;
  asked.removeAttribute("aria-busy");
  const said = document.createElement("p");
  said.className = "notice bad";
  said.setAttribute("role", "alert");
  said.textContent = asked.dataset.failed;
  asked.append(said);
});
document.addEventListener("keydown", (event) => {
  const handle = event.target.closest?.("[data-handle]");
  if (handle) {
    const tile = handle.closest("[data-tile]");
    const back = ["ArrowLeft", "ArrowUp"].includes(event.key);
    const other = back ? tile.previousElementSibling : tile.nextElementSibling;
    if (!other || !["ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"].includes(event.key)) return;
    event.preventDefault();
    other[back ? "before" : "after"](tile);
    handle.focus();
    arranged(tile.parentElement, tile);
  } else if (event.key === "Escape" && !document.fullscreenElement) document.querySelector("[data-escape]")?.click();
});
for (const button of document.querySelectorAll("[data-fullscreen]")) {
  button.hidden = !document.fullscreenEnabled;
  button.addEventListener("click", () => document.documentElement.requestFullscreen());
}

// Builders of patterns: short addresses, and a way back from each change
const steps = () => JSON.parse(sessionStorage.getItem(`steps:${location.pathname}`) ?? "[]");
const keep = (taken) => sessionStorage.setItem(`steps:${location.pathname}`, JSON.stringify(taken.slice(-50)));
function remember(pushed) {
  if (!document.querySelector("form[data-undo]")) return;
  const taken = steps();
  const been = taken.lastIndexOf(location.search);
  if (been < 0 || (pushed && been < taken.length - 1)) keep([...taken, location.search]);
  else keep(taken.slice(0, been + 1));
  offer();
}
function offer() {
  const button = document.querySelector("form[data-undo] .undo");
  if (button) button.hidden = steps().length < 2;
}
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches("form[data-undo]")) return;
  const asked = event.detail.formData;
  for (const [name, value] of [...asked]) if (value === "") asked.delete(name);
  for (const name of [...asked.keys()]) if (name.includes(".op") && !asked.has(name.replace(".op", ".field"))) asked.delete(name);
});
document.addEventListener("click", (event) => {
  if (!event.target.closest(".undo")) return;
  const taken = steps().slice(0, -1);
  keep(taken);
  location.assign(location.pathname + taken.at(-1));
});
// an answer must not overwrite what was typed meanwhile; that will be asked in its turn
const builder = (event) => event.target.closest?.("form[data-undo]");
document.addEventListener("input", (event) => builder(event)?.setAttribute("data-typed", ""));
document.addEventListener("htmx:beforeRequest", (event) => builder(event)?.removeAttribute("data-typed"));
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id === "pattern" && document.querySelector("form[data-typed]")) event.detail.shouldSwap = false;
});
document.addEventListener("htmx:pushedIntoHistory", () => remember(true));
for (const name of ["htmx:historyRestore", "htmx:historyCacheMissLoad"]) document.addEventListener(name, () => remember(false));
addEventListener("pageshow", (event) => event.persisted && remember(false));
document.addEventListener("htmx:afterSettle", offer);
remember(false);
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.elt.matches?.("form[data-undo]")) location.assign(event.detail.pathInfo.finalRequestPath);
});
// a comparison without a field asks nothing yet
document.addEventListener("change", (event) => {
  const name = event.target.name ?? "";
  if (builder(event) && name.includes(".op") && !event.target.form.elements[name.replace(".op", ".field")]?.value) event.stopPropagation();
}, true);

// Finding from anywhere: Ctrl+K, arrows from hit to hit
const finder = document.getElementById("finder");
function openFinder(event) {
  if (!finder) return;
  event.preventDefault();
  finder.showModal();
  finder.querySelector("input").select();
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-finder]")) openFinder(event);
  else if (event.target === finder) finder.close();
});
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") return openFinder(event);
  if (!finder?.open || !["ArrowDown", "ArrowUp"].includes(event.key)) return;
  const stops = [finder.querySelector("input"), ...finder.querySelectorAll(".found a")];
  const now = stops.indexOf(document.activeElement);
  event.preventDefault();
  stops[Math.min(stops.length - 1, Math.max(0, now + (event.key === "ArrowDown" ? 1 : -1)))].focus();
});
finder?.querySelector("form").addEventListener("submit", (event) => {
  const first = finder.querySelector(".found a");
  if (!first) return;
  event.preventDefault();
  first.click();
});

if (document.body.dataset.reload) setTimeout(() => location.reload(), 1000 * document.body.dataset.reload);

watch(document);
document.addEventListener("htmx:load", (event) => watch(event.detail.elt));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const canvas of document.querySelectorAll("[data-chart]")) draw(canvas);
});
})();

addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) print();
});
