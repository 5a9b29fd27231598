// Which parts of the page a change concerns, and when they may be fetched again.
import { focusKeep } from "./focus.ts";
import type { Change, Frame } from "./protocol.ts";
import { isInUse } from "./typing.ts";

const REST_MILLISECONDS = 400;
const RETRY_MILLISECONDS = 5000;
const SETTLE_MILLISECONDS = 300;
const CHANGES_MAX = 200;
const WAITING = "data-live-waiting";

interface Region {
  changes: Change[];
  isReset: boolean;
  isDue: boolean;
  last: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

interface HtmxDetail {
  target?: Element;
  shouldSwap?: boolean;
  xhr?: XMLHttpRequest;
  requestConfig?: { elt?: Element; triggeringEvent?: Event };
}

/**
 * Whether one word of `data-live` means this change: a topic or its kind (`hall:3`, `hall`), a reference
 * (`V7K2…`), an event's name or its kind (`visit.assigned`, `visit`), or `*`.
 */
function means(word: string, change: Change): boolean {
  return (
    word === "*" ||
    change.refs.includes(word) ||
    change.name === word ||
    change.name.startsWith(`${word}.`) ||
    change.topics.some((topic) => topic === word || topic.startsWith(`${word}:`))
  );
}

export function concerns(words: string, change: Change): boolean {
  return words.split(/\s+/).some((word) => word !== "" && means(word, change));
}

const isFetched = (element: Element): boolean => element.matches("[hx-get], [data-hx-get]");

function isShown(element: HTMLElement): boolean {
  return document.visibilityState === "visible" && (element.checkVisibility?.() ?? element.offsetParent !== null);
}

/** All elements with `data-live` on the page. */
export class Regions {
  // By id where there is one: a swap may replace the element itself.
  readonly #byId = new Map<string, Region>();
  readonly #byElement = new WeakMap<Element, Region>();
  readonly #due = new Set<HTMLElement>();
  readonly #whenShown = new IntersectionObserver((entries) => {
    if (entries.some((entry) => entry.isIntersecting)) this.#recheck();
  });
  #recheckTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const soon = (): void => this.#recheckSoon();
    for (const name of ["focusout", "input", "change", "reset", "close", "htmx:afterSettle", "hidden.bs.modal"]) {
      document.addEventListener(name, soon);
    }
    document.addEventListener("visibilitychange", soon);
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.refreshAll();
    });
    document.addEventListener("htmx:beforeSwap", (event) => this.#beforeSwap(event));
    document.addEventListener("htmx:beforeOnLoad", (event) => this.#beforeOnLoad(event));
    for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
      document.addEventListener(name, (event) => this.#failed(event), { capture: true });
    }
  }

  take(frames: Frame[]): void {
    if (frames.some((frame) => frame.event === "reset")) this.refreshAll();
    const changes = frames.flatMap((frame) => (frame.event === "change" ? [frame.data] : []));
    if (changes.length === 0) return;
    for (const element of document.querySelectorAll<HTMLElement>("[data-live]")) {
      const own = changes.filter((change) => concerns(element.dataset["live"] ?? "", change));
      if (own.length > 0) this.#note(element, own);
    }
  }

  /** Everything on the page may be old. */
  refreshAll(): void {
    for (const element of document.querySelectorAll<HTMLElement>("[data-live]")) {
      this.#of(element).isReset = true;
      this.#note(element, []);
    }
  }

  /** What could not be fetched before may be fetched now. */
  recovered(): void {
    this.#recheckSoon();
  }

  #of(element: HTMLElement): Region {
    const known = element.id ? this.#byId.get(element.id) : this.#byElement.get(element);
    if (known) return known;
    const region: Region = { changes: [], isReset: false, isDue: false, last: 0, timer: undefined };
    if (element.id) this.#byId.set(element.id, region);
    else this.#byElement.set(element, region);
    return region;
  }

  #note(element: HTMLElement, changes: Change[]): void {
    const region = this.#of(element);
    region.changes.push(...changes);
    if (region.changes.length > CHANGES_MAX) Object.assign(region, { changes: [], isReset: true });
    region.isDue = true;
    this.#due.add(element);
    this.#schedule(element, region);
  }

  #schedule(element: HTMLElement, region: Region): void {
    region.timer ??= setTimeout(
      () => {
        region.timer = undefined;
        this.#tryRefresh(present(element), region);
      },
      Math.max(0, region.last + REST_MILLISECONDS - Date.now()),
    );
  }

  #tryRefresh(element: HTMLElement, region: Region): void {
    if (!element.isConnected || !region.isDue) {
      this.#due.delete(element);
      return;
    }
    if (!isShown(element)) {
      this.#whenShown.observe(element);
      return;
    }
    if (isFetched(element) && isInUse(element)) {
      element.setAttribute(WAITING, "");
      return;
    }
    this.#refresh(element, region);
  }

  #refresh(element: HTMLElement, region: Region): void {
    const detail = { changes: region.changes, reset: region.isReset };
    Object.assign(region, { changes: [], isReset: false, isDue: false, last: Date.now() });
    this.#due.delete(element);
    this.#whenShown.unobserve(element);
    element.removeAttribute(WAITING);
    const name = isFetched(element) ? "live" : "paidan:change";
    element.dispatchEvent(new CustomEvent(name, { bubbles: name !== "live", detail }));
  }

  #recheckSoon(): void {
    if (this.#due.size === 0) return;
    this.#recheckTimer ??= setTimeout(() => {
      this.#recheckTimer = undefined;
      this.#recheck();
    }, SETTLE_MILLISECONDS);
  }

  #recheck(): void {
    for (const element of this.#due) this.#schedule(element, this.#of(element));
  }

  /** The part could not be fetched, or not shown: it stays due. */
  #putBack(element: HTMLElement, retryMilliseconds = 0): void {
    this.#of(element).isDue = true;
    this.#due.add(element);
    if (retryMilliseconds > 0) setTimeout(() => this.#recheckSoon(), retryMilliseconds);
    else element.setAttribute(WAITING, "");
  }

  #beforeSwap(event: Event): void {
    const element = liveElement(event);
    const detail = detailOf(event);
    // The reader may have begun to write while the new content was on its way.
    if (!element || !detail.shouldSwap || !detail.target) return;
    if (isInUse(detail.target)) {
      detail.shouldSwap = false;
      this.#putBack(element);
    } else {
      focusKeep(detail.target);
    }
  }

  #beforeOnLoad(event: Event): void {
    const element = liveElement(event);
    if (!element || !detailOf(event).xhr?.getResponseHeader("HX-Redirect")) return;
    // The session has ended. Nobody asked for this answer: leave the reader with what they wrote.
    event.preventDefault();
    this.#putBack(element);
  }

  #failed(event: Event): void {
    const element = liveElement(event);
    if (!element) return;
    event.stopPropagation();
    this.#putBack(element, RETRY_MILLISECONDS);
  }
}

/** The element itself, or the one that has taken its place. */
function present(element: HTMLElement): HTMLElement {
  return element.isConnected || !element.id ? element : (document.getElementById(element.id) ?? element);
}

const detailOf = (event: Event): HtmxDetail => (event as CustomEvent<HtmxDetail>).detail;

/** The element whose request this is about, if it was a change that asked for it. */
function liveElement(event: Event): HTMLElement | null {
  const request = detailOf(event).requestConfig;
  if (request?.triggeringEvent?.type !== "live") return null;
  return request.elt instanceof HTMLElement ? request.elt : null;
}
