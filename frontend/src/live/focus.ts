// Keeps the keyboard's place when a part of the page is replaced under it.

const MARKS = ["id", "href", "name", "hx-post", "hx-get", "data-ref"];

function selectorOf(element: Element): string {
  const marks = MARKS.filter((name) => element.hasAttribute(name));
  const parts = marks.map((name) => `[${name}="${CSS.escape(element.getAttribute(name) ?? "")}"]`);
  return marks.length > 0 ? element.tagName.toLowerCase() + parts.join("") : "";
}

/** After the coming swap, focuses what stands where the focused element stood; `part` is about to be replaced. */
export function focusKeep(part: Element): void {
  const active = document.activeElement;
  if (!(active instanceof HTMLElement) || active === part || !part.contains(active)) return;
  const selector = selectorOf(active);
  if (!selector) return;
  const restore = (): void => {
    if (document.activeElement && document.activeElement !== document.body) return;
    document.querySelector<HTMLElement>(selector)?.focus({ preventScroll: true });
  };
  document.addEventListener("htmx:afterSettle", restore, { once: true });
}
