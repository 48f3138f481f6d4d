// Bundles src/app.js and src/app.css into ../static, under names that hold a hash of their content. What app.js
// imports only when a page needs it becomes a file of its own.
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const output = path.join(here, "..", "static");

const result = await build({
  absWorkingDir: here,
  entryPoints: ["src/app.js", "src/app.css"],
  outdir: output,
  entryNames: "[name]-[hash]",
  chunkNames: "part-[hash]",
  bundle: true,
  splitting: true,
  minify: true,
  metafile: true,
  format: "esm",
  target: ["chrome123", "firefox120", "safari17.5"],
  legalComments: "eof",
  logLevel: "warning",
});

const made = Object.entries(result.metafile.outputs).map(([file, { entryPoint }]) => ({
  file: path.basename(file),
  entry: entryPoint && path.basename(entryPoint),
}));
const names = Object.fromEntries(
  made.filter(({ entry }) => entry === "app.js" || entry === "app.css").map(({ entry, file }) => [entry, file]),
);
await mkdir(output, { recursive: true });
for (const old of await readdir(output)) {
  if (!made.some(({ file }) => file === old)) await rm(path.join(output, old));
}
await writeFile(path.join(output, "manifest.json"), `${JSON.stringify(names, null, 2)}\n`);
