import "../styles/base.scss";
import "@tabler/core/js/src/bootstrap/dropdown";
import "@tabler/core/js/src/bootstrap/collapse";
import "@tabler/core/js/src/bootstrap/modal";
import { startConfirming } from "../base/confirm.ts";
import { focusFirstError, startForms } from "../base/forms.ts";
import { startRequests } from "../base/requests.ts";
import { startThemeSwitch } from "../base/theme.ts";
import { startServerToasts } from "../base/toasts.ts";
import { mountIslands } from "../islands.ts";

// The live client registers itself when its module is loaded.
import.meta.glob("../live/index.ts", { eager: true });

startConfirming();
startForms();
startThemeSwitch();
startRequests();

document.addEventListener("DOMContentLoaded", () => {
  startServerToasts();
  mountIslands(document);
  focusFirstError(document);
  document.documentElement.dataset["scripts"] = "ready";
});
document.addEventListener("htmx:load", (event) => {
  const part = (event as CustomEvent<{ elt: HTMLElement }>).detail.elt;
  mountIslands(part);
  if (part !== document.body) focusFirstError(part);
});
