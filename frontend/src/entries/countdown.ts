// <time data-countdown="2026-01-01T10:00:00Z" data-now="…"> counts down to an instant of the server's clock.
import { announce, pageText } from "../page.ts";

const ANNOUNCED_SECONDS = [60, 10];

interface Clock {
  element: HTMLElement;
  over: number;
  skew: number;
  total: number;
  said: Set<number>;
}

const clocks = new Set<Clock>();
let ticking: ReturnType<typeof setInterval> | undefined;

function text(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

function speak(clock: Clock, seconds: number): void {
  const mark = ANNOUNCED_SECONDS.find((limit) => seconds === limit && !clock.said.has(limit));
  if (mark === undefined || !clock.element.hasAttribute("data-countdown-spoken")) return;
  clock.said.add(mark);
  announce(pageText("secondsLeft").replace("{seconds}", String(mark)));
}

function finish(clock: Clock): void {
  clocks.delete(clock);
  clock.element.classList.add("is-over");
  clock.element.textContent = clock.element.dataset["countdownOver"] ?? text(0);
  clock.element.dispatchEvent(new CustomEvent("countdown:over", { bubbles: true }));
}

function tick(clock: Clock): void {
  if (!clock.element.isConnected) {
    clocks.delete(clock);
    return;
  }
  const left = Math.max(0, Math.ceil((clock.over - (Date.now() + clock.skew)) / 1000));
  if (left === 0) {
    finish(clock);
    return;
  }
  clock.element.textContent = text(left);
  clock.element.classList.toggle("is-urgent", left <= 60);
  const share = clock.total > 0 ? Math.min(1, left / clock.total) : 1;
  clock.element.style.setProperty("--countdown-share", String(share));
  speak(clock, left);
}

function tickAll(): void {
  for (const clock of clocks) tick(clock);
  if (clocks.size === 0) {
    clearInterval(ticking);
    ticking = undefined;
  }
}

export function mount(element: HTMLElement): void {
  const over = Date.parse(element.dataset["countdown"] ?? "");
  if (Number.isNaN(over)) return;
  const now = Date.parse(element.dataset["now"] ?? "");
  const skew = Number.isNaN(now) ? 0 : now - Date.now();
  const total = Number(element.dataset["countdownSeconds"] ?? 0);
  const clock: Clock = { element, over, skew, total, said: new Set() };
  clocks.add(clock);
  tick(clock);
  ticking ??= setInterval(tickAll, 250);
}
