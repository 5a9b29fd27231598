// One reader's connection to the server: the stream, and polling while the stream is down.
import { type Frame, type LiveState, StreamReader } from "./protocol.ts";

const STREAM = "/events";
const CHANGES = "/live/changes";
const OPEN_SECONDS = 10;
const SILENCE_SECONDS = 25; // the server says something every 15 s
const POLL_SECONDS = 3;
const POLL_SECONDS_WEARY = 10;
const WEARY_AFTER = 5;
const RETRY_SECONDS_MAX = 20;
const CROWDED_SECONDS = 300;
const REMEMBERED = 2000;

export interface FeedListener {
  frame(frame: Frame): void;
  state(state: LiveState): void;
}

const spread = (seconds: number): number => seconds * 1000 * (0.75 + Math.random() / 2);

/** Where a reader stands: the last id it has, or since when it needs to hear (epoch milliseconds). */
export interface Standing {
  place: number | null;
  since: number;
}

/**
 * Follows the changes one reader may see, at least once each. Two failures of the stream in a row start
 * polling, which ends when a stream stands again.
 */
export class Feed {
  state: LiveState = "connecting";
  place: number | null = null;
  #since = 0;
  #stream: AbortController | null = null;
  #streamFailures = 0;
  #streamTimer: ReturnType<typeof setTimeout> | undefined;
  #poll: AbortController | null = null;
  #pollFailures = 0;
  #pollTimer: ReturnType<typeof setTimeout> | undefined;
  #isRunning = false;
  #isPolling = false;
  readonly #seen = new Set<number>();
  readonly #link: string;
  readonly #listener: FeedListener;

  constructor(link: string, listener: FeedListener) {
    this.#link = link;
    this.#listener = listener;
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  /** Begins, or goes on from where it stopped. */
  start(standing: Standing): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.place ??= standing.place;
    this.#since = standing.since;
    this.#streamFailures = 0;
    this.#tell("connecting");
    void this.#openStream();
  }

  /** Ends all traffic; the place is kept. */
  stop(): void {
    this.#isRunning = false;
    clearTimeout(this.#streamTimer);
    this.#stream?.abort();
    this.#stopPolling();
  }

  /** Tries at once instead of waiting: the network is back. */
  hurry(): void {
    if (!this.#isRunning || this.state === "live") return;
    this.#streamFailures = Math.min(this.#streamFailures, 1);
    if (!this.#stream) this.#openStreamIn(0);
    if (this.#isPolling && !this.#poll) this.#pollIn(0);
  }

  async #openStream(): Promise<void> {
    const control = new AbortController();
    this.#stream = control;
    let watchdog = setTimeout(() => control.abort(), OPEN_SECONDS * 1000);
    try {
      const answer = await fetch(this.#address(STREAM), this.#request(control));
      if (answer.status === 401) return this.#signedOut();
      if (!answer.ok || !answer.body) throw new Error(`stream ${answer.status}`);
      const reader = new StreamReader(
        (frame) => this.#streamed(frame),
        (id) => this.#moveTo(id),
      );
      const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        clearTimeout(watchdog);
        watchdog = setTimeout(() => control.abort(), SILENCE_SECONDS * 1000);
        const { done, value } = await chunks.read();
        if (done || !this.#isRunning) break;
        reader.read(value);
      }
    } catch {
      // Whatever broke the stream, the answer is the same: try again, and poll meanwhile.
    } finally {
      clearTimeout(watchdog);
      control.abort();
      if (this.#stream === control) {
        this.#stream = null;
        this.#streamLost();
      }
    }
  }

  #streamed(frame: Frame): void {
    if (frame.event === "bye") {
      if (frame.data.reason === "signed_out") this.#signedOut();
      if (frame.data.reason === "too_many") this.#crowdedOut();
      return;
    }
    if (frame.event === "hello") {
      this.#streamFailures = 0;
      this.#stopPolling();
      this.#tell("live");
    }
    this.#take(frame);
  }

  #streamLost(): void {
    if (!this.#isRunning) return;
    this.#streamFailures += 1;
    if (this.#streamFailures === 1) {
      // All readers of a process lose it in the same moment: let them not come back in one.
      this.#openStreamIn(300 + Math.random() * 2200);
      return;
    }
    this.#startPolling();
    this.#openStreamIn(spread(Math.min(2 ** this.#streamFailures, RETRY_SECONDS_MAX)));
  }

  #crowdedOut(): void {
    // Other browsers of the same person took the places; come back later, not at once.
    const control = this.#stream;
    this.#stream = null;
    control?.abort();
    this.#startPolling();
    this.#openStreamIn(spread(CROWDED_SECONDS));
  }

  #openStreamIn(milliseconds: number): void {
    clearTimeout(this.#streamTimer);
    this.#streamTimer = setTimeout(() => void this.#openStream(), milliseconds);
  }

  #startPolling(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#pollFailures = 0;
    this.#pollIn(0);
  }

  #stopPolling(): void {
    this.#isPolling = false;
    clearTimeout(this.#pollTimer);
    this.#poll?.abort();
    this.#poll = null;
  }

  #pollIn(milliseconds: number): void {
    clearTimeout(this.#pollTimer);
    this.#pollTimer = setTimeout(() => void this.#pollOnce(), milliseconds);
  }

  async #pollOnce(): Promise<void> {
    const control = new AbortController();
    this.#poll = control;
    const watchdog = setTimeout(() => control.abort(), OPEN_SECONDS * 1000);
    try {
      const answer = await fetch(this.#address(CHANGES), this.#request(control));
      if (answer.status === 401) return this.#signedOut();
      if (!answer.ok) throw new Error(`changes ${answer.status}`);
      const frames = (await answer.json()) as Frame[];
      if (this.#poll !== control) return;
      this.#pollFailures = 0;
      this.#tell("polling");
      for (const frame of frames) this.#take(frame);
    } catch {
      if (this.#poll !== control) return;
      this.#pollFailures += 1;
      if (this.#pollFailures > 1) this.#tell("offline");
    } finally {
      clearTimeout(watchdog);
      if (this.#poll === control) {
        this.#poll = null;
        this.#pollIn(spread(this.#pollFailures > WEARY_AFTER ? POLL_SECONDS_WEARY : POLL_SECONDS));
      }
    }
  }

  #take(frame: Frame): void {
    if (frame.event === "change") {
      this.#moveTo(frame.id);
      if (this.#seen.has(frame.id)) return;
      this.#seen.add(frame.id);
      if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.values().next().value ?? 0);
    } else if (frame.event === "hello" || frame.event === "reset") {
      this.place = frame.id;
    }
    this.#listener.frame(frame);
  }

  #moveTo(id: number): void {
    if (this.place === null || id > this.place) this.place = id;
  }

  #signedOut(): void {
    this.stop();
    this.#tell("signed-out");
  }

  #tell(state: LiveState): void {
    if (state === this.state) return;
    this.state = state;
    this.#listener.state(state);
  }

  #address(path: string): string {
    const age = Math.max(0, Math.ceil((Date.now() - this.#since) / 1000));
    return this.place === null ? `${path}?age=${age}` : `${path}?after=${this.place}`;
  }

  #request(control: AbortController): RequestInit {
    const headers: Record<string, string> = this.#link ? { "X-Paidan-Link": this.#link } : {};
    return { headers, signal: control.signal, cache: "no-store", credentials: "same-origin" };
  }
}
