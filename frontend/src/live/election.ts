// Where there is no shared worker, the tabs elect one of them to hold the connection for all.
import { type Gone, type Here, type News, Pool } from "./pool.ts";

const CHANNEL = "paidan-live";
const LISTEN_MILLISECONDS = 300;
const REIGN_MILLISECONDS = 2000;
const VACANT_MILLISECONDS = 6000;

type Message =
  | { kind: "lead"; from: string }
  | { kind: "claim"; from: string; visible: boolean }
  | { kind: "resign"; from: string }
  | { kind: "news"; to: string; news: News }
  | Here
  | Gone;

const isVisible = (): boolean => document.visibilityState === "visible";

/**
 * One tab's part in the election. A visible tab is preferred, for browsers slow hidden ones down; among
 * equals the lower name leads.
 */
export class Election {
  readonly #channel = new BroadcastChannel(CHANNEL);
  readonly #tab: string;
  readonly #onNews: (news: News) => void;
  readonly #report: () => Here;
  #pool: Pool | null = null;
  #candidacy: ReturnType<typeof setTimeout> | undefined;
  #lastLead = Date.now();

  constructor(tab: string, report: () => Here, onNews: (news: News) => void) {
    this.#tab = tab;
    this.#report = report;
    this.#onNews = onNews;
    this.#channel.onmessage = (event: MessageEvent<Message>) => this.#heard(event.data);
    setInterval(() => this.#reign(), REIGN_MILLISECONDS);
    this.#runFor();
  }

  /** Passes a report of this tab on to whoever leads. */
  send(message: Here | Gone): void {
    if (this.#pool) this.#receive(message, this.#onNews);
    else this.#channel.postMessage(message);
    if (message.kind === "gone") this.#resign();
  }

  /** This tab was shown or hidden. */
  visibilityChanged(): void {
    if (isVisible()) {
      if (!this.#pool && Date.now() - this.#lastLead > REIGN_MILLISECONDS * 1.5) this.#runFor();
    } else if (this.#pool?.shownElsewhere(this.#tab)) {
      this.#resign();
    }
  }

  #heard(message: Message): void {
    switch (message.kind) {
      case "lead":
        this.#lastLead = Date.now();
        this.#yieldTo(message.from);
        break;
      case "claim":
        if (this.#pool) {
          if (message.visible && !isVisible()) this.#resign();
          else this.#announce();
        } else if (this.#candidacy && message.from < this.#tab) {
          this.#withdraw();
        }
        break;
      case "resign":
        if (isVisible()) this.#runFor();
        break;
      case "news":
        if (message.to === this.#tab) this.#onNews(message.news);
        break;
      default:
        this.#receive(message, (news) => this.#channel.postMessage({ kind: "news", to: message.tab, news }));
    }
  }

  #receive(message: Here | Gone, post: (news: News) => void): void {
    if (message.kind === "gone") this.#pool?.gone(message);
    else this.#pool?.here(message, post);
  }

  #reign(): void {
    if (this.#pool) this.#announce();
    else if (isVisible() && Date.now() - this.#lastLead > VACANT_MILLISECONDS) this.#runFor();
  }

  #runFor(): void {
    if (this.#pool || this.#candidacy) return;
    this.#channel.postMessage({ kind: "claim", from: this.#tab, visible: isVisible() });
    this.#candidacy = setTimeout(() => this.#lead(), LISTEN_MILLISECONDS);
  }

  #withdraw(): void {
    clearTimeout(this.#candidacy);
    this.#candidacy = undefined;
  }

  #lead(): void {
    this.#candidacy = undefined;
    this.#pool = new Pool();
    this.#announce();
    this.#receive(this.#report(), this.#onNews);
  }

  #announce(): void {
    this.#lastLead = Date.now();
    this.#channel.postMessage({ kind: "lead", from: this.#tab });
  }

  #yieldTo(leader: string): void {
    this.#withdraw();
    if (this.#pool && leader < this.#tab) this.#abdicate();
    if (!this.#pool) this.#channel.postMessage(this.#report());
  }

  #resign(): void {
    this.#withdraw();
    if (!this.#pool) return;
    this.#abdicate();
    this.#channel.postMessage({ kind: "resign", from: this.#tab });
  }

  #abdicate(): void {
    this.#pool?.stop();
    this.#pool = null;
  }
}
