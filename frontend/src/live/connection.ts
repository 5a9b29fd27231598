// A tab's line to whoever holds the browser's connection: the shared worker, else the leading tab.
import { Election } from "./election.ts";
import type { Gone, Here, News } from "./pool.ts";

const REPORT_SECONDS = 10;
const ANSWER_SECONDS = 5;
const SILENT_SECONDS = 25;
const TRIES = 2;

interface Line {
  send(message: Here | Gone): void;
  visibilityChanged(): void;
}

/** Reports this tab and brings it the news, whatever happens to the worker or the leader. */
export class Connection {
  readonly #tab = crypto.getRandomValues(new Uint32Array(3)).join("-");
  readonly #reader: string;
  readonly #link: string;
  readonly #onNews: (news: News) => void;
  #line: Line;
  #workerTries = 0;
  #heard = Date.now();
  #since = performance.timeOrigin;
  #place: number | null = null;

  constructor(reader: string, link: string, onNews: (news: News) => void) {
    this.#reader = reader;
    this.#link = link;
    this.#onNews = onNews;
    this.#line = this.#open();
    setInterval(() => this.#keep(), REPORT_SECONDS * 1000);
    document.addEventListener("visibilitychange", () => {
      this.#line.visibilityChanged();
      this.#report();
    });
    addEventListener("pagehide", () => this.#line.send({ kind: "gone", tab: this.#tab }));
    addEventListener("pageshow", (event) => {
      if (event.persisted) this.#report();
    });
    this.#report();
  }

  #open(): Line {
    this.#heard = Date.now();
    if (typeof SharedWorker === "undefined" || this.#workerTries >= TRIES) return this.#elect();
    this.#workerTries += 1;
    try {
      return this.#hire();
    } catch {
      return this.#elect();
    }
  }

  #hire(): Line {
    const worker = new SharedWorker(new URL("./worker.ts", import.meta.url), { type: "module", name: "paidan-live" });
    const line: Line = {
      send: (message) => worker.port.postMessage(message),
      visibilityChanged: () => undefined,
    };
    let isAnswered = false;
    const giveUp = (): void => {
      if (isAnswered || this.#line !== line) return;
      worker.port.close();
      this.#line = this.#elect();
    };
    worker.onerror = giveUp;
    setTimeout(giveUp, ANSWER_SECONDS * 1000);
    worker.port.onmessage = (event: MessageEvent<News>) => {
      isAnswered = true;
      if (this.#line === line) this.#take(event.data);
    };
    return line;
  }

  #elect(): Line {
    return new Election(
      this.#tab,
      () => this.#here(),
      (news) => this.#take(news),
    );
  }

  #keep(): void {
    if (document.visibilityState !== "visible") return;
    if (Date.now() - this.#heard > SILENT_SECONDS * 1000 && !(this.#line instanceof Election)) this.#line = this.#open();
    this.#report();
  }

  #report(): void {
    this.#line.send(this.#here());
  }

  #here(): Here {
    return {
      kind: "here",
      tab: this.#tab,
      reader: this.#reader,
      link: this.#link,
      visible: document.visibilityState === "visible",
      since: this.#since,
      place: this.#place,
    };
  }

  #take(news: News): void {
    this.#heard = this.#since = Date.now();
    this.#place = news.place ?? this.#place;
    this.#onNews(news);
  }
}
