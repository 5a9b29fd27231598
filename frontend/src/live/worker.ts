// The shared worker: one connection for all tabs of this browser.
import { type Gone, type Here, Pool } from "./pool.ts";

const pool = new Pool();

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const port = event.ports[0];
  if (!port) return;
  port.onmessage = (message: MessageEvent<Here | Gone>) => {
    if (message.data.kind === "gone") pool.gone(message.data);
    else pool.here(message.data, (news) => port.postMessage(news));
  };
};
