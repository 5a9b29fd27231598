// The tabs of one browser that share a connection. Lives in the shared worker, or in the leading tab.
import { Feed } from "./feed.ts";
import type { Frame, LiveState } from "./protocol.ts";

const GRACE_SECONDS = 30;
const SWEEP_SECONDS = 10;
const SILENT_VISIBLE_SECONDS = 35; // a visible tab reports every 10 s
const SILENT_HIDDEN_SECONDS = 600; // browsers slow the clocks of hidden tabs down
const RECENT_SECONDS = 120;
const RECENT_FRAMES = 500;
const REPEATED_SECONDS = 20; // the server repeats a little more than this before a known place
const OVERLAP_SECONDS = 3; // a page may have been read just before a commit that was under way

/** What a tab reports: on arrival, every few seconds, and when it is shown or hidden. */
export interface Here {
  kind: "here";
  tab: string;
  /** Who reads: tabs of different readers share no connection. */
  reader: string;
  link: string;
  visible: boolean;
  /** Since when the tab needs to hear, epoch milliseconds: its page's start, later its last contact. */
  since: number;
  place: number | null;
}

export interface Gone {
  kind: "gone";
  tab: string;
}

/** What a tab is told. */
export interface News {
  frames: Frame[];
  state: LiveState;
  place: number | null;
}

export type Post = (news: News) => void;

interface Member {
  visible: boolean;
  heard: number;
  post: Post;
}

/** The tabs of one reader and their feed. */
class Room {
  readonly #members = new Map<string, Member>();
  readonly #feed: Feed;
  #recent: { at: number; frame: Frame }[] = [];
  #covered = Infinity;
  #closing: ReturnType<typeof setTimeout> | undefined;

  constructor(link: string) {
    this.#feed = new Feed(link, {
      frame: (frame) => this.#spread(frame),
      state: () => this.#tellAll([]),
    });
  }

  get size(): number {
    return this.#members.size;
  }

  /** Whether a tab other than this one is in view. */
  shownElsewhere(tab: string): boolean {
    return [...this.#members].some(([name, member]) => name !== tab && member.visible);
  }

  here(report: Here, post: Post): void {
    const known = this.#members.get(report.tab);
    const returns = !known || (report.visible && !known.visible);
    this.#members.set(report.tab, { visible: report.visible, heard: Date.now(), post });
    if (report.visible) this.#open(report, returns);
    else this.#closeIfUnseen();
    this.#tell(post, known ? [] : this.#missedSince(report.since));
  }

  gone(tab: string): void {
    this.#members.delete(tab);
    this.#closeIfUnseen();
  }

  sweep(): void {
    const now = Date.now();
    for (const [tab, member] of this.#members) {
      const silent = (now - member.heard) / 1000;
      if (silent > (member.visible ? SILENT_VISIBLE_SECONDS : SILENT_HIDDEN_SECONDS)) this.gone(tab);
    }
  }

  stop(): void {
    clearTimeout(this.#closing);
    this.#feed.stop();
  }

  hurry(): void {
    this.#feed.hurry();
  }

  #open(report: Here, returns: boolean): void {
    clearTimeout(this.#closing);
    this.#closing = undefined;
    if (this.#feed.isRunning || (this.#feed.state === "signed-out" && !returns)) return;
    const repeated = report.place === null ? 0 : REPEATED_SECONDS * 1000;
    this.#covered = Math.min(this.#covered, report.since - repeated);
    this.#feed.start(report);
  }

  #closeIfUnseen(): void {
    if (this.#closing || [...this.#members.values()].some((member) => member.visible)) return;
    this.#closing = setTimeout(() => this.#feed.stop(), GRACE_SECONDS * 1000);
  }

  #spread(frame: Frame): void {
    if (frame.event !== "change" && frame.event !== "reset") return;
    const now = Date.now();
    this.#recent.push({ at: now, frame });
    const kept = this.#recent.filter((entry) => entry.at > now - RECENT_SECONDS * 1000).slice(-RECENT_FRAMES);
    if (kept.length < this.#recent.length) this.#covered = Math.max(this.#covered, kept[0]?.at ?? now);
    this.#recent = kept;
    this.#tellAll([frame]);
  }

  /** What a tab that has just come has not heard; everything anew when that is not known. */
  #missedSince(since: number): Frame[] {
    const from = since - OVERLAP_SECONDS * 1000;
    if (since < this.#covered) return [{ id: this.#feed.place ?? 0, event: "reset", data: {} }];
    return this.#recent.filter((entry) => entry.at >= from).map((entry) => entry.frame);
  }

  #tellAll(frames: Frame[]): void {
    for (const member of this.#members.values()) this.#tell(member.post, frames);
  }

  #tell(post: Post, frames: Frame[]): void {
    post({ frames, state: this.#feed.state, place: this.#feed.place });
  }
}

/** All readers of this browser: somebody may have a tracking link open beside their own pages. */
export class Pool {
  readonly #rooms = new Map<string, Room>();
  readonly #sweeping: ReturnType<typeof setInterval>;
  readonly #online = (): void => {
    for (const room of this.#rooms.values()) room.hurry();
  };

  constructor() {
    this.#sweeping = setInterval(() => this.#sweep(), SWEEP_SECONDS * 1000);
    self.addEventListener("online", this.#online);
  }

  here(report: Here, post: Post): void {
    const key = `${report.reader} ${report.link}`;
    const room = this.#rooms.get(key) ?? new Room(report.link);
    this.#rooms.set(key, room);
    room.here(report, post);
  }

  gone(report: Gone): void {
    for (const room of this.#rooms.values()) room.gone(report.tab);
  }

  shownElsewhere(tab: string): boolean {
    return [...this.#rooms.values()].some((room) => room.shownElsewhere(tab));
  }

  stop(): void {
    clearInterval(this.#sweeping);
    self.removeEventListener("online", this.#online);
    for (const room of this.#rooms.values()) room.stop();
    this.#rooms.clear();
  }

  #sweep(): void {
    for (const [key, room] of this.#rooms) {
      room.sweep();
      if (room.size === 0) {
        room.stop();
        this.#rooms.delete(key);
      }
    }
  }
}
