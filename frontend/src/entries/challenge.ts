// <div data-challenge="…" data-challenge-bits="17"><input name="proof">: work that shows that somebody is there.
// It begins at once; a form sent before its end waits. With data-challenge-send the form goes by itself.
import { sha256 } from "@noble/hashes/sha2.js";
import { utf8ToBytes } from "@noble/hashes/utils.js";

const AT_ONCE = 2_000;

function zeroBits(digest: Uint8Array): number {
  let bits = 0;
  for (const byte of digest) {
    if (byte === 0) {
      bits += 8;
      continue;
    }
    return bits + Math.clz32(byte) - 24;
  }
  return bits;
}

async function solved(text: string, bits: number): Promise<string> {
  for (let number = 0; ; number += 1) {
    const proof = `${text}:${number}`;
    if (zeroBits(sha256(utf8ToBytes(proof))) >= bits) return proof;
    // The page stays alive meanwhile.
    if (number % AT_ONCE === 0) await new Promise((next) => setTimeout(next));
  }
}

export function mount(element: HTMLElement): void {
  const input = element.querySelector<HTMLInputElement>("input[name=proof]");
  const form = element.closest("form");
  const text = element.dataset["challenge"];
  if (!input || !form || !text) return;
  let sender: HTMLElement | null | undefined;
  form.addEventListener("submit", (event) => {
    if (input.value) return;
    event.preventDefault();
    sender = event.submitter;
    element.hidden = false;
  });
  void solved(text, Number(element.dataset["challengeBits"])).then((proof) => {
    input.value = proof;
    element.hidden = true;
    if (sender !== undefined || element.dataset["challengeSend"] !== undefined) form.requestSubmit(sender);
  });
}
