// Asks before a form or an hx-request that carries data-confirm. Without this script the server asks on a page.
import { pageText } from "../page.ts";

interface Question {
  title: string;
  detail: string;
  label: string;
  danger: boolean;
}

function questionOf(element: HTMLElement, title: string): Question {
  const { confirmDetail, confirmLabel, confirmTone } = element.dataset;
  return {
    title,
    detail: confirmDetail ?? "",
    label: confirmLabel ?? pageText("confirm"),
    danger: confirmTone === "danger",
  };
}

function fill(dialog: HTMLDialogElement, question: Question): void {
  const part = (name: string): HTMLElement => dialog.querySelector<HTMLElement>(`[data-part="${name}"]`)!;
  part("title").textContent = question.title;
  part("detail").textContent = question.detail;
  part("detail").hidden = question.detail === "";
  part("accept").textContent = question.label;
  part("accept").className = `btn ${question.danger ? "btn-danger" : "btn-primary"}`;
}

function ask(question: Question): Promise<boolean> {
  const dialog = document.getElementById("confirm-dialog") as HTMLDialogElement | null;
  if (!dialog) return Promise.resolve(window.confirm(question.title));
  fill(dialog, question);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "accept"), { once: true });
  });
}

function acceptedField(): HTMLInputElement {
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "confirmed";
  field.value = "1";
  return field;
}

async function onSubmit(event: SubmitEvent): Promise<void> {
  const form = event.target as HTMLFormElement;
  const title = form.dataset["confirm"];
  if (!title || form.querySelector('input[name="confirmed"]')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (!(await ask(questionOf(form, title)))) return;
  const field = acceptedField();
  form.append(field);
  form.requestSubmit(event.submitter);
  // An htmx form stays on the page: the next submit must ask again.
  setTimeout(() => field.remove(), 0);
}

async function onHtmxConfirm(event: Event): Promise<void> {
  const { question, issueRequest } = (event as CustomEvent<{ question?: string; issueRequest(skip: boolean): void }>).detail;
  if (!question) return;
  event.preventDefault();
  if (await ask(questionOf(event.target as HTMLElement, question))) issueRequest(true);
}

/** Starts asking; call once. */
export function startConfirming(): void {
  document.addEventListener("submit", (event) => void onSubmit(event), { capture: true });
  document.addEventListener("htmx:confirm", (event) => void onHtmxConfirm(event));
}
