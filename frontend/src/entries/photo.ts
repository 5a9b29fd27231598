// <div data-photos><input type="file" multiple>…: choose, look, drop some, and send pictures no larger than needed.
// With data-photos-send they are not shown here: "photos:ready" tells that they may be uploaded.
import { announce, icon, pageText } from "../page.ts";

const LONGEST_EDGE = 2048;
const QUALITY = 0.85;
const LEFT_ALONE_BYTES = 400_000;

/** The picture re-encoded so that its longest edge is at most 2048 px; small or unreadable ones stay as they are. */
async function compressed(file: File): Promise<File> {
  if (!file.type.startsWith("image/") || file.size <= LEFT_ALONE_BYTES) return file;
  try {
    const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
    const scale = Math.min(1, LONGEST_EDGE / Math.max(bitmap.width, bitmap.height));
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(bitmap.width * scale);
    canvas.height = Math.round(bitmap.height * scale);
    canvas.getContext("2d")?.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    bitmap.close();
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/jpeg", QUALITY));
    if (!blob || blob.size >= file.size) return file;
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  } catch {
    return file;
  }
}

class PhotoPicker {
  private files: File[] = [];
  private readonly input: HTMLInputElement;
  private readonly list: HTMLElement;
  private readonly limit: number;
  private readonly isSent: boolean;

  constructor(root: HTMLElement, input: HTMLInputElement) {
    this.input = input;
    this.limit = Number(root.dataset["photosMax"] ?? 6);
    this.isSent = root.dataset["photosSend"] !== undefined;
    this.list = document.createElement("ul");
    this.list.className = "photo-list";
    if (!this.isSent) root.append(this.list);
    input.addEventListener("change", () => void this.add([...(input.files ?? [])]));
  }

  private async add(chosen: File[]): Promise<void> {
    const ready = await Promise.all(chosen.map(compressed));
    const known = new Set(this.files.map((file) => `${file.name}:${file.size}`));
    const fresh = ready.filter((file) => !known.has(`${file.name}:${file.size}`));
    this.files = [...this.files, ...fresh];
    if (this.files.length > this.limit) announce(pageText("photoLimit").replace("{count}", String(this.limit)));
    this.files = this.files.slice(0, this.limit);
    if (this.isSent) this.send();
    else this.show();
  }

  private remove(file: File): void {
    this.files = this.files.filter((other) => other !== file);
    this.show();
    this.input.focus();
  }

  private fill(): void {
    const transfer = new DataTransfer();
    for (const file of this.files) transfer.items.add(file);
    this.input.files = transfer.files;
  }

  private send(): void {
    this.fill();
    if (this.files.length > 0) this.input.dispatchEvent(new CustomEvent("photos:ready", { bubbles: true }));
  }

  private show(): void {
    this.fill();
    for (const image of this.list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
    this.list.replaceChildren(...this.files.map((file) => this.item(file)));
  }

  private item(file: File): HTMLLIElement {
    const item = document.createElement("li");
    const image = document.createElement("img");
    image.src = URL.createObjectURL(file);
    image.alt = file.name;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "photo-remove";
    button.setAttribute("aria-label", `${pageText("remove")} ${file.name}`);
    button.append(icon("x"));
    button.addEventListener("click", () => this.remove(file));
    item.append(image, button);
    return item;
  }
}

export function mount(element: HTMLElement): void {
  const input = element.querySelector<HTMLInputElement>("input[type=file]");
  if (input) new PhotoPicker(element, input);
}
