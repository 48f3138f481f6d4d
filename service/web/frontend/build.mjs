// Bundles src/app.js and src/app.css into ../static, under names that hold a hash of their content.
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
  bundle: true,
  minify: true,
  metafile: true,
  format: "iife",
  target: ["chrome123", "firefox120", "safari17.5"],
  legalComments: "eof",
  logLevel: "warning",
});

const names = Object.fromEntries(
  Object.entries(result.metafile.outputs).map(([file, made]) => [
    path.basename(made.entryPoint),
    path.basename(file),
  ]),
);
await mkdir(output, { recursive: true });
for (const old of await readdir(output)) {
  if (!Object.values(names).includes(old)) await rm(path.join(output, old));
}
await writeFile(path.join(output, "manifest.json"), `${JSON.stringify(names, null, 2)}\n`);
