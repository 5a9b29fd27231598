// What the server tells (see `paidan.api.live.frames`), and how a stream of it is read.

export interface Change {
  name: string;
  refs: string[];
  topics: string[];
}

export type Frame =
  | { id: number; event: "change"; data: Change }
  | { id: number; event: "hello" | "reset"; data: Record<string, never> }
  | { id: null; event: "bye"; data: { reason: Farewell } };

export type Farewell = "signed_out" | "too_many" | "restart";

/** How this browser hears of changes. */
export type LiveState = "connecting" | "live" | "polling" | "offline" | "signed-out";

/** Reads the blocks of a `text/event-stream` as they arrive. */
export class StreamReader {
  #rest = "";
  readonly #onFrame: (frame: Frame) => void;
  readonly #onPlace: (id: number) => void;

  constructor(onFrame: (frame: Frame) => void, onPlace: (id: number) => void) {
    this.#onFrame = onFrame;
    this.#onPlace = onPlace;
  }

  read(text: string): void {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) this.#block(block);
  }

  #block(block: string): void {
    let id: number | null = null;
    let event = "";
    let data = "";
    for (const line of block.split("\n")) {
      if (line.startsWith("id: ")) id = Number(line.slice(4));
      else if (line.startsWith("event: ")) event = line.slice(7);
      else if (line.startsWith("data: ")) data = line.slice(6);
    }
    if (data) this.#onFrame({ id, event, data: JSON.parse(data) } as Frame);
    else if (id !== null) this.#onPlace(id);
  }
}
