// An island is a part of a page that needs a script. Its element carries a data attribute; the module is
// fetched when such an element appears, at load or in a fragment that htmx swaps in.

export interface Island {
  /** Brings one element to life; called once for each element. */
  mount(element: HTMLElement): void;
}

const ISLANDS: Record<string, () => Promise<Island>> = {
  "[data-chart]": () => import("./entries/chart.ts"),
  "[data-map]": () => import("./entries/map.ts"),
  "[data-countdown]": () => import("./entries/countdown.ts"),
  "[data-photos]": () => import("./entries/photo.ts"),
  "[data-challenge]": () => import("./entries/challenge.ts"),
  "form[data-passkey]": () => import("./entries/passkey.ts"),
  "form[data-draft]": () => import("./entries/draft.ts"),
};

const mounted = new WeakMap<Element, Set<string>>();

async function mountAll(selector: string, load: () => Promise<Island>, root: ParentNode): Promise<void> {
  const found = [...root.querySelectorAll<HTMLElement>(selector)];
  if (root instanceof HTMLElement && root.matches(selector)) found.push(root);
  if (found.length === 0) return;
  const island = await load();
  for (const element of found) {
    const done = mounted.get(element) ?? new Set<string>();
    if (done.has(selector)) continue;
    mounted.set(element, done.add(selector));
    island.mount(element);
  }
}

/** Mounts every island inside `root`. */
export function mountIslands(root: ParentNode): void {
  for (const [selector, load] of Object.entries(ISLANDS)) {
    mountAll(selector, load, root).catch((error: unknown) => console.error(selector, error));
  }
}
