// Builds every island into one self-contained file with a stable name. The static-files storage may add
// hashes to the names, so no file imports another; the map's worker is found by an address the page gives.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outDir = here("../src/chengshu/ui/static/islands");
const entries = { desk: "src/desk.ts", map: "src/map.ts", command: "src/command.ts", verify: "src/verify.ts" };
const watch = process.argv.includes("--watch") ? {} : null;

let first = true;
for (const [name, source] of Object.entries(entries)) {
  await build({
    root: here("."),
    configFile: false,
    logLevel: "warn",
    base: "./",
    build: {
      outDir,
      emptyOutDir: first,
      watch,
      target: "es2022",
      modulePreload: false,
      chunkSizeWarningLimit: 1500,
      rolldownOptions: {
        // htmx can evaluate expressions in attributes; desk.ts switches that off and the content policy forbids it.
        checks: { eval: false },
        input: { [name]: here(source) },
        output: { entryFileNames: "[name].js", assetFileNames: "[name][extname]", codeSplitting: false },
      },
    },
  });
  first = false;
}

// MapLibre ships its worker as one finished file; only the reference to a source map is dropped.
const worker = await readFile(here("node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs"), "utf8");
await writeFile(`${outDir}/map-worker.js`, worker.replace(/\/\/# sourceMappingURL=.*\s*$/, ""));
