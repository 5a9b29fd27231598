import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { iconSprite } from "./scripts/icon-sprite.ts";

const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const ENTRIES = ["base", "chart", "map", "countdown", "photo", "draft"];

export default defineConfig({
  root: path("."),
  // Relative addresses: the bundle works under whatever STATIC_URL the installation uses.
  base: "./",
  publicDir: false,
  plugins: [iconSprite()],
  css: { preprocessorOptions: { scss: { quietDeps: true } } },
  build: {
    outDir: path("../src/paidan/web/static/dist"),
    emptyOutDir: true,
    manifest: "manifest.json",
    // Phones' built-in browsers lag behind: lower light-dark() and oklch() to what these understand.
    target: ["chrome111", "safari16.4", "firefox113"],
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      onLog(level, log, show) {
        // htmx can evaluate code from attributes; we switch that off and the content policy forbids it.
        if (log.code === "EVAL" && log.id?.includes("htmx.org")) return;
        show(level, log);
      },
      input: Object.fromEntries(ENTRIES.map((name) => [name, path(`src/entries/${name}.ts`)])),
    },
  },
});
