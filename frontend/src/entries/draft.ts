// What was typed into a <form data-draft="key"> survives errors, back, reload and an expired session.
// It is kept in this tab only, never passwords or codes, and goes when the server says the form went through.

import { type Draft, draftForget, draftRead, draftWrite } from "../draft-store.ts";

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

const DONE_COOKIE = "paidan_draft_done";
const SECRET = /password|one-time-code|cc-/;

function isKept(field: Element): field is Field {
  if (!(field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement || field instanceof HTMLSelectElement)) {
    return false;
  }
  if (!field.name || field.name === "csrfmiddlewaretoken" || field.hasAttribute("data-draft-skip")) return false;
  if (["password", "file", "hidden", "submit", "button"].includes(field.type)) return field.hasAttribute("data-draft-keep");
  return !SECRET.test(field.autocomplete);
}

const fieldsOf = (form: HTMLFormElement): Field[] => [...form.elements].filter(isKept);
const isChoice = (field: Field): field is HTMLInputElement => field.type === "checkbox" || field.type === "radio";

function groups(form: HTMLFormElement): Map<string, Field[]> {
  const byName = new Map<string, Field[]>();
  for (const field of fieldsOf(form)) byName.set(field.name, [...(byName.get(field.name) ?? []), field]);
  return byName;
}

function valueOf(fields: Field[], initial: boolean): string | string[] {
  const first = fields[0]!;
  if (isChoice(first)) {
    const chosen = (fields as HTMLInputElement[]).filter((field) => (initial ? field.defaultChecked : field.checked));
    return chosen.map((field) => field.value);
  }
  if (first instanceof HTMLSelectElement) {
    const options = [...first.options].filter((option) => (initial ? option.defaultSelected : option.selected));
    // A list where nothing was chosen by the server shows its first entry.
    return options.length || first.multiple ? options.map((option) => option.value) : [first.options[0]?.value ?? ""];
  }
  return initial && first.type !== "hidden" ? first.defaultValue : first.value;
}

function fill(fields: Field[], value: string | string[]): void {
  const first = fields[0]!;
  const wanted = new Set([value].flat());
  if (isChoice(first)) {
    for (const field of fields as HTMLInputElement[]) field.checked = wanted.has(field.value);
  } else if (first instanceof HTMLSelectElement) {
    for (const option of first.options) option.selected = wanted.has(option.value);
  } else {
    first.value = String(value);
  }
}

const same = (one: string | string[], other: string | string[]): boolean => JSON.stringify(one) === JSON.stringify(other);

function restore(form: HTMLFormElement, key: string): void {
  const draft = draftRead(key);
  let restored = false;
  for (const [name, fields] of groups(form)) {
    const kept = draft[name];
    if (!kept || !same(valueOf(fields, true), kept.from) || same(valueOf(fields, false), kept.value)) continue;
    fill(fields, kept.value);
    restored = true;
  }
  if (restored) form.dispatchEvent(new CustomEvent("draft:restored", { bubbles: true }));
}

function keep(form: HTMLFormElement, key: string): void {
  const before = draftRead(key);
  const draft: Draft = {};
  for (const [name, fields] of groups(form)) {
    const value = valueOf(fields, false);
    const from = valueOf(fields, true);
    if (!same(value, from)) draft[name] = { value, from };
  }
  // Fields of another step of the same form are not on this page, but still belong to the draft.
  for (const [name, kept] of Object.entries(before)) {
    if (!form.elements.namedItem(name)) draft[name] = kept;
  }
  draftWrite(key, draft);
}

/** Forgets the drafts that the server named as received. */
export function forgetReceived(): void {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith(`${DONE_COOKIE}=`));
  if (!cookie) return;
  for (const key of decodeURIComponent(cookie.slice(DONE_COOKIE.length + 1)).split(" ")) draftForget(key);
  document.cookie = `${DONE_COOKIE}=; Max-Age=0; Path=/; SameSite=Lax`;
}

export function mount(element: HTMLElement): void {
  const form = element as HTMLFormElement;
  const key = form.dataset["draft"] ?? "";
  if (!key) return;
  forgetReceived();
  restore(form, key);
  for (const name of ["input", "change"]) form.addEventListener(name, () => keep(form, key));
}

forgetReceived();
document.addEventListener("htmx:afterRequest", forgetReceived);
