// Short messages in the corner: from Django messages, from `HX-Trigger: {"toast": …}`, and for failed requests.
import Toast from "@tabler/core/js/src/bootstrap/toast";
import { icon, pageText } from "../page.ts";

export interface ToastMessage {
  message: string;
  tone?: "success" | "info" | "warning" | "danger";
  reference?: string;
  action_label?: string;
  action_url?: string;
  seconds?: number;
}

const ICONS = { success: "circle-check", info: "info-circle", warning: "alert-triangle", danger: "alert-circle" };
const SHOWN_SECONDS = 6;

function element(tag: string, className: string, text = ""): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function body(toast: ToastMessage): HTMLElement {
  const text = element("div", "toast-text");
  text.append(element("div", "", toast.message));
  if (toast.reference) {
    text.append(element("div", "toast-reference", `${pageText("reference")} ${toast.reference}`));
  }
  return text;
}

function action(toast: ToastMessage): HTMLElement | null {
  if (!toast.action_label || !toast.action_url) return null;
  const button = element("button", "btn btn-sm toast-action", toast.action_label);
  button.setAttribute("type", "button");
  button.setAttribute("hx-post", toast.action_url);
  button.setAttribute("hx-swap", "none");
  button.dataset["bsDismiss"] = "toast";
  return button;
}

function closeButton(): HTMLElement {
  const button = element("button", "btn-close");
  button.setAttribute("type", "button");
  button.setAttribute("aria-label", pageText("close"));
  button.dataset["bsDismiss"] = "toast";
  return button;
}

/** Shows a message; one that reports a failure stays until it is closed. */
export function showToast(toast: ToastMessage): HTMLElement {
  const tone = toast.tone ?? "success";
  const box = element("div", `toast toast-tone-${tone}`);
  box.setAttribute("role", tone === "danger" ? "alert" : "status");
  const row = element("div", "toast-body");
  row.append(icon(ICONS[tone]), body(toast), ...[action(toast)].filter((part) => part !== null), closeButton());
  box.append(row);
  document.getElementById("toasts")?.append(box);
  start(box, tone === "danger" ? 0 : (toast.seconds ?? SHOWN_SECONDS));
  return box;
}

function start(box: HTMLElement, seconds: number): void {
  const options = seconds ? { autohide: true, delay: seconds * 1000 } : { autohide: false };
  box.addEventListener("hidden.bs.toast", () => box.remove());
  Toast.getOrCreateInstance(box, options).show();
}

/** Starts the clocks of the toasts the server put into the page. */
export function startServerToasts(): void {
  for (const box of document.querySelectorAll<HTMLElement>("#toasts > .toast")) {
    start(box, Number(box.dataset["seconds"] ?? SHOWN_SECONDS));
  }
}
