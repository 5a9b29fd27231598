// Builds one SVG sprite out of the icons named in icons.json, so that a page fetches the shapes it uses once.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin } from "vite";

type IconNode = [tag: string, attributes: Record<string, string>];

const NAMES = fileURLToPath(new URL("../icons.json", import.meta.url));
const SHAPES = fileURLToPath(new URL("../node_modules/@tabler/icons/tabler-nodes-outline.json", import.meta.url));

function symbol(name: string, nodes: IconNode[]): string {
  const shapes = nodes.map(([tag, attributes]) => {
    const text = Object.entries(attributes).map(([key, value]) => `${key}="${value}"`);
    return `<${tag} ${text.join(" ")}/>`;
  });
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.join("")}</symbol>`;
}

/** Writes `icons-<hash>.svg` and `icons.json` ({file, names}) beside the bundles. */
export function iconSprite(): Plugin {
  return {
    name: "paidan-icon-sprite",
    apply: "build",
    generateBundle() {
      const names: string[] = JSON.parse(readFileSync(NAMES, "utf8"));
      const shapes: Record<string, IconNode[]> = JSON.parse(readFileSync(SHAPES, "utf8"));
      const symbols = names.map((name) => {
        const nodes = shapes[name];
        if (!nodes) this.error(`icons.json names “${name}”, which Tabler Icons does not have.`);
        return symbol(name, nodes);
      });
      const source = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
      const file = `assets/icons-${createHash("sha256").update(source).digest("hex").slice(0, 8)}.svg`;
      this.emitFile({ type: "asset", fileName: file, source });
      this.emitFile({ type: "asset", fileName: "icons.json", source: JSON.stringify({ file, names }) });
    },
  };
}
