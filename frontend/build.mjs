// Builds every island into one self-contained file with a stable name. The static-files storage may add
// hashes to the names, so no file imports another; the map's worker is found by an address the page gives.
import { readFile, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import { build } from "vite";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const outDir = here("../src/chengshu/ui/static/islands");
const entries = {
  desk: "src/desk.ts",
  map: "src/map.ts",
  command: "src/command.ts",
  verify: "src/verify.ts",
  sensing: "src/sensing.ts",
  board: "src/board.ts",
  "board-charts": "src/board-charts.ts",
  field: "src/field/main.tsx",
  "field-sw": "src/field/sw.ts",
  "field-tags-sw": "src/field/tags-sw.ts",
  "field-map": "src/field/map.ts",
};
// The map is imported by the app when it is wanted, charts by dashboards; every other file is a page's own script.
const imported = new Set(["field-map", "board-charts"]);
/** The officer's app without the map, gzip: phones load it over a mobile network. */
const FIELD_MOST_KB = 300;
const watch = process.argv.includes("--watch") ? {} : null;

let first = true;
for (const [name, source] of Object.entries(entries)) {
  await build({
    root: here("."),
    configFile: false,
    logLevel: "warn",
    base: "./",
    define: { "process.env.NODE_ENV": '"production"' },
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
        preserveEntrySignatures: imported.has(name) ? "strict" : false,
        output: { entryFileNames: "[name].js", assetFileNames: "[name][extname]", codeSplitting: false },
      },
    },
  });
  first = false;
}

// MapLibre ships its worker as one finished file; only the reference to a source map is dropped.
const worker = await readFile(here("node_modules/maplibre-gl/dist/maplibre-gl-worker.mjs"), "utf8");
await writeFile(`${outDir}/map-worker.js`, worker.replace(/\/\/# sourceMappingURL=.*\s*$/, ""));

const packed = async (name) => gzipSync(await readFile(`${outDir}/${name}`), { level: 9 }).length / 1024;
let whole = 0;
for (const name of ["field.js", "field.css", "field-sw.js"]) {
  const size = await packed(name);
  whole += size;
  console.log(`${name.padEnd(14)} ${size.toFixed(1).padStart(7)} kB gzip`);
}
console.log(`officer's app  ${whole.toFixed(1).padStart(7)} kB gzip of at most ${FIELD_MOST_KB}; map ${(await packed("field-map.js")).toFixed(1)} kB more, when it is opened`);
if (whole > FIELD_MOST_KB && !watch) process.exit(1);
