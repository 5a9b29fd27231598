// Small manners of forms: no double submit, the first field in error gets the eye, log-out leaves nothing behind.
import { draftsForget } from "../draft-store.ts";

function markBusy(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented || form.hasAttribute("hx-post") || form.method !== "post") return;
  if (form.dataset["busy"]) {
    event.preventDefault();
    return;
  }
  form.dataset["busy"] = "1";
  event.submitter?.setAttribute("aria-busy", "true");
}

function release(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-busy]")) delete form.dataset["busy"];
  for (const button of document.querySelectorAll("button[aria-busy]")) button.removeAttribute("aria-busy");
}

/** Puts the cursor where something must be corrected. */
export function focusFirstError(root: ParentNode): void {
  const summary = root.querySelector<HTMLElement>("[data-error-summary]");
  const field = root.querySelector<HTMLElement>("[aria-invalid=true]");
  (summary ?? field)?.focus();
}

/** Call once. */
export function startForms(): void {
  document.addEventListener("submit", markBusy);
  document.addEventListener("submit", (event) => {
    if ((event.target as HTMLElement).matches("[data-forget-drafts]")) draftsForget();
  });
  // The page may come back out of the browser's memory with a form still marked.
  addEventListener("pageshow", release);
}
