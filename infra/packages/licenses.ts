/**
 * `npm run licenses`: whether everything that goes out is under a license that it may go out under. Goes by the lock
 * file for the gRPC edge's image, and by what esbuild bundles for the functions and the command line. Ends with 1 on a fault. Takes the folder
 * of the project, if it is another.
 */
import { join, resolve } from "node:path";
import { bundle, MAX_BYTES } from "../bundle.ts";
import { bundleCli } from "./cli/bundle-cli.ts";
import { bundledPackages } from "./cli/notices.ts";
import { judgeLicenses } from "./judge-licenses.ts";
import { EXCEPTIONS } from "./license-exceptions.ts";
import { packageOf, productionPackages, readLock } from "./locked-packages.ts";
import { withNamedLicense } from "./named-license.ts";

const root = resolve(process.argv[2] ?? join(import.meta.dirname, "../.."));
const packages = productionPackages(readLock(root));
const known = new Set(packages.map(({ path }) => path));
const bundled = new Set(
  Object.keys(MAX_BYTES).flatMap((name) =>
    bundle(`functions/${name}/handler.ts`, { root }).inputs.flatMap(([file]) => packageOf(file) ?? []),
  ),
);
const ofCli = bundledPackages((await bundleCli(root)).inputs);
const unknown = [
  ...[...bundled].map((path) => [path, "a function"] as const),
  ...ofCli.map((path) => [path, "the command line"] as const),
].filter(([path]) => !known.has(path));

const { counts, faults } = judgeLicenses(
  packages.map((found) => withNamedLicense(found, root)),
  EXCEPTIONS,
);
for (const [license, count] of counts) process.stdout.write(`${String(count).padStart(5)}  ${license}\n`);
process.stdout.write(
  `${packages.length} packages go out, ${bundled.size} of them in functions, ${ofCli.length} in the command line\n`,
);

const all = [
  ...faults,
  ...unknown.map(([path, into]) => `${path} is bundled into ${into}, but is no production dependency: make it one`),
];
for (const fault of all) process.stderr.write(`licenses: ${fault}\n`);
if (all.length > 0) process.exitCode = 1;
