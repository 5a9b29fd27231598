// htmx, tamed: no eval, our CSRF token on each request, and every failure becomes a sentence on the page.
import htmx from "htmx.org/dist/htmx.esm.js";
import { pageMeta, pageText } from "../page.ts";
import { showToast, type ToastMessage } from "./toasts.ts";

interface Problem {
  title?: string;
  detail?: string;
  reference?: string;
}

interface RequestEvent {
  elt: Element;
  xhr: XMLHttpRequest;
  shouldSwap: boolean;
  isError: boolean;
  headers: Record<string, string>;
  verb: string;
}

const detailOf = (event: Event): RequestEvent => (event as CustomEvent<RequestEvent>).detail;

function configure(): void {
  htmx.config.allowEval = false;
  htmx.config.allowScriptTags = false;
  htmx.config.includeIndicatorStyles = false;
  htmx.config.selfRequestsOnly = true;
  // Pages show names and addresses: none of them is left behind in the browser's storage.
  htmx.config.historyCacheSize = 0;
  htmx.config.refreshOnHistoryMiss = true;
  htmx.config.timeout = 15_000;
  htmx.config.responseHandling = [
    { code: "204", swap: false },
    { code: "[23]..", swap: true },
    { code: "422", swap: true },
    { code: "[45]..", swap: false, error: true },
  ];
}

function csrfToken(): string {
  const cookie = document.cookie.split("; ").find((pair) => pair.startsWith("csrftoken="));
  return cookie ? decodeURIComponent(cookie.slice("csrftoken=".length)) : pageMeta("csrf");
}

function problemOf(xhr: XMLHttpRequest): Problem {
  const type = xhr.getResponseHeader("Content-Type") ?? "";
  if (type.includes("json")) {
    try {
      return JSON.parse(xhr.responseText) as Problem;
    } catch {
      return {};
    }
  }
  const page = new DOMParser().parseFromString(xhr.responseText, "text/html");
  const sentence = page.querySelector("[data-error-sentence]")?.textContent?.trim();
  return sentence ? { detail: sentence } : {};
}

function failure(xhr: XMLHttpRequest): ToastMessage {
  const problem = problemOf(xhr);
  const reference = problem.reference ?? xhr.getResponseHeader("X-Reference-Id") ?? "";
  const message = problem.detail ?? problem.title ?? pageText(xhr.status >= 500 ? "serverError" : "requestError");
  return { message, tone: xhr.status >= 500 ? "danger" : "warning", reference, seconds: 12 };
}

/** A refusal that says where it wants to stand is shown there, not in the corner. */
function standsInPage(xhr: XMLHttpRequest): boolean {
  return xhr.status === 422 || xhr.getResponseHeader("HX-Retarget") !== null || xhr.getResponseHeader("HX-Reswap") !== null;
}

/** Tells of a failure. Listens to the request itself: its element may have left the page meanwhile. */
function watch({ elt, xhr }: RequestEvent): void {
  // What refreshes itself does not complain: the reader asked for nothing.
  if (elt.hasAttribute("data-live")) return;
  const lost = (): void => void showToast({ message: pageText("networkError"), tone: "warning" });
  xhr.addEventListener("load", () => {
    if (xhr.status >= 400 && !standsInPage(xhr)) showToast(failure(xhr));
  });
  xhr.addEventListener("error", lost);
  xhr.addEventListener("timeout", lost);
}

/** Wires htmx; call once, before the page is ready. */
export function startRequests(): void {
  configure();
  document.addEventListener("htmx:configRequest", (event) => {
    const request = detailOf(event);
    if (request.verb !== "get") request.headers["X-CSRFToken"] = csrfToken();
  });
  document.addEventListener("htmx:beforeSend", (event) => watch(detailOf(event)));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = detailOf(event);
    if (!answer.isError || !standsInPage(answer.xhr)) return;
    answer.shouldSwap = true;
    answer.isError = false;
  });
  document.addEventListener("toast", (event) => {
    const toast = showToast((event as CustomEvent<ToastMessage>).detail);
    htmx.process(toast);
  });
}
