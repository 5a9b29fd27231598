// What the server wrote into the page for scripts: sentences, addresses, language.

/** The content of `<meta name="paidan:…">`, or an empty string. */
export function pageMeta(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="paidan:${name}"]`)?.content ?? "";
}

/** A sentence in the reader's language, from `<template id="page-texts" data-…>`. */
export function pageText(key: string): string {
  return document.getElementById("page-texts")?.dataset[key] ?? "";
}

/** Data of a `<script type="application/json" id="…">`. */
export function pageData<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : null;
}

/** The value of a design token, as the browser computed it. */
export function token(name: string): string {
  const probe = document.createElement("span");
  probe.hidden = true;
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

/** Calls back whenever the page turns from light to dark or back. */
export function onThemeChange(change: () => void): void {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
  new MutationObserver(change).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}

/** An `<svg>` that shows one icon of the sprite. */
export function icon(name: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.classList.add("icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `${pageMeta("icons")}#${name}`);
  svg.append(use);
  return svg;
}

/** Speaks one sentence to screen readers. */
export function announce(sentence: string): void {
  const region = document.getElementById("announcer");
  if (!region) return;
  region.textContent = "";
  setTimeout(() => (region.textContent = sentence), 50);
}
