// Live updates for a page: parts marked `data-live` are fetched again when what they show has changed.
import { pageMeta } from "../page.ts";
import { Connection } from "./connection.ts";
import type { LiveState } from "./protocol.ts";
import { Regions } from "./regions.ts";
import { showState } from "./status.ts";

let isStarted = false;

/**
 * Starts once, on pages that name their reader in `<meta name="paidan:live">`; the holder of a link shows its
 * token in `<meta name="paidan:live-link">`. Other pages stay quiet.
 */
export function startLive(): void {
  const reader = pageMeta("live");
  const link = pageMeta("live-link");
  if (isStarted || (!reader && !link)) return;
  isStarted = true;
  const regions = new Regions();
  let state: LiveState = "connecting";
  new Connection(reader, link, (news) => {
    if (news.state !== state && (news.state === "live" || news.state === "polling")) regions.recovered();
    state = news.state;
    showState(state);
    if (news.frames.length > 0) regions.take(news.frames);
  });
}

if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", startLive);
else startLive();
