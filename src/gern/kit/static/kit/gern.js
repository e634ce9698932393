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
  Object.assign(config.axis, { gridColor: colour("--line"), labelColor: colour("--muted") });
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

watch(document);
document.addEventListener("htmx:load", (event) => watch(event.detail.elt));
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const canvas of document.querySelectorAll("[data-chart]")) draw(canvas);
});
})();
