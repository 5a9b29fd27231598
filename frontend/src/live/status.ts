// Says how current the page is, in words the server wrote into it.
import type { LiveState } from "./protocol.ts";

const PATIENCE_MILLISECONDS = 2000;
const WORDS: Record<LiveState, string> = {
  connecting: "",
  live: "liveTextLive",
  polling: "liveTextPolling",
  offline: "liveTextOffline",
  "signed-out": "liveTextSignedOut",
};

let shown: LiveState = "connecting";
let coming: LiveState | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;

function show(state: LiveState): void {
  const isFirst = shown === "connecting" && state === "live";
  shown = state;
  coming = null;
  for (const element of document.querySelectorAll<HTMLElement>("[data-live-status]")) {
    element.dataset["liveState"] = state;
    const text = isFirst ? "" : (element.dataset[WORDS[state]] ?? "");
    const place = element.querySelector("[data-live-text]") ?? element;
    if (place.textContent !== text) place.textContent = text;
  }
}

/**
 * Shows the state on every `[data-live-status]`: `data-live-state`, and the text of `data-live-text-live`,
 * `-polling`, `-offline` or `-signed-out`. Good news at once, other news only when it lasts.
 */
export function showState(state: LiveState): void {
  if (state === coming || state === "connecting") return;
  clearTimeout(timer);
  coming = null;
  if (state === shown) return;
  if (state === "live") {
    show(state);
    return;
  }
  coming = state;
  timer = setTimeout(() => show(state), PATIENCE_MILLISECONDS);
}
