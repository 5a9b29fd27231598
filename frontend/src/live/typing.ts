// Whether replacing a part of the page would take something from its reader.

const WRITTEN = "input, textarea, select, [contenteditable=''], [contenteditable='true']";
const PRESSED = new Set(["button", "submit", "reset", "image", "hidden"]);
const OPEN = "dialog[open], .modal.show, .dropdown-menu.show, details[data-live-keep][open]";

/** A field is changed when it no longer holds what the server sent. */
function isChanged(field: Element): boolean {
  if (field instanceof HTMLSelectElement) {
    const chosen = [...field.options];
    if (!chosen.some((option) => option.defaultSelected)) return !field.multiple && field.selectedIndex > 0;
    return chosen.some((option) => option.selected !== option.defaultSelected);
  }
  if (field instanceof HTMLTextAreaElement) return field.value !== field.defaultValue;
  if (!(field instanceof HTMLInputElement) || PRESSED.has(field.type)) return false;
  if (field.type === "file") return (field.files?.length ?? 0) > 0;
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  return field.value !== field.defaultValue;
}

function isWrittenIn(element: Element): boolean {
  return !(element instanceof HTMLInputElement && PRESSED.has(element.type)) && element.matches(WRITTEN);
}

/** Somebody writes here, has written here, or has opened something here. */
export function isInUse(part: Element): boolean {
  const active = document.activeElement;
  if (active && part.contains(active) && isWrittenIn(active)) return true;
  if (part.querySelector(OPEN)) return true;
  return [...part.querySelectorAll(WRITTEN)].some(isChanged);
}
