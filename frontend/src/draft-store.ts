// Where drafts of forms are kept: this tab's storage only.

const PREFIX = "paidan:draft:";

export interface Kept {
  value: string | string[];
  /** What the server had put there when typing began: a draft never overwrites newer server data. */
  from: string | string[];
}

export type Draft = Record<string, Kept>;

export function draftRead(key: string): Draft {
  try {
    return JSON.parse(sessionStorage.getItem(PREFIX + key) ?? "{}") as Draft;
  } catch {
    return {};
  }
}

export function draftWrite(key: string, draft: Draft): void {
  try {
    if (Object.keys(draft).length === 0) sessionStorage.removeItem(PREFIX + key);
    else sessionStorage.setItem(PREFIX + key, JSON.stringify(draft));
  } catch {
    // Storage may be full or forbidden; the form itself still works.
  }
}

export function draftForget(key: string): void {
  draftWrite(key, {});
}

/** At log-out nothing of what was typed stays behind. */
export function draftsForget(): void {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
}
