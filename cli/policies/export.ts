import { mkdir, readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { describeFaults, NotFound } from "../../shared/errors.ts";
import type { Policy } from "../../shared/policies/policy.ts";
import type { StoredPolicy } from "../../shared/policies/policy-item.ts";
import { FAILED } from "../exit.ts";
import { print } from "../output.ts";
import { withStores } from "../stores.ts";
import { complain } from "../terminal/complain.ts";
import { addYesOption, confirmed } from "../terminal/confirm.ts";
import { printable } from "../terminal/printable.ts";

interface Options {
  to?: string;
  force?: boolean;
  yes?: boolean;
}

interface WrittenFile {
  readonly path: string;
  readonly text: string;
}

export function addExport(policies: Command): void {
  addYesOption(
    policies
      .command("export")
      .description("write stored policies as files that plan as no change")
      .argument("[service...]", "services to export; all without any")
      .option("--to <path>", "file that ends in .yaml, .yml or .json; else a folder, with a file for each service")
      .option("--force", "write over files that are there"),
  )
    .addHelpText(
      "after",
      `
A folder is made if it is not there. Files that say something else are written over with --force or --yes, or if somebody
at a terminal agrees.

Examples:
  flashpoint --local policies export > policies.yaml
  flashpoint --local policies export --to policies/
  flashpoint --local policies export checkout cart --to shop.yaml --force`,
    )
    .action(async (services: string[], options: Options, command: Command) => {
      const stored = await withStores(command, async ({ policyChanges }) => policyChanges().table.seeAll());
      const chosen = choose(
        [...stored].map(([serviceName, { stored }]) => ({ serviceName, stored })),
        services,
      );
      const valid = chosen.flatMap(({ stored }) => (stored.state === "valid" ? [stored.policy] : []));
      const invalid = chosen.flatMap(({ stored }) => (stored.state === "invalid" ? [stored] : []));
      for (const { serviceName, faults } of invalid) {
        complain(`flashpoint: ${printable(serviceName)} is left out, not valid: ${describeFaults(faults)}\n`);
      }
      const names = {
        exported: valid.map(({ serviceName }) => serviceName),
        leftOut: invalid.map((one) => one.serviceName),
      };
      if (options.to === undefined) await printAll(valid, command);
      else {
        const isInto = await isForFolder(options.to);
        const files = await filesFor(options.to, valid, { isInto });
        if (isInto) await refuseDoubles(options.to, valid, files);
        if (isInto) await mkdir(options.to, { recursive: true });
        await writeAll(files, options, command);
        const paths = files.map(({ path }) => path);
        const where = paths.length === 1 ? options.to : `${paths.length} files in ${options.to}`;
        const count = valid.length === 1 ? "1 policy" : `${valid.length} policies`;
        print(command, { ...names, files: paths }, () => `${count} exported to ${printable(where)}`);
      }
      if (invalid.length > 0) process.exitCode = FAILED;
    });
}

interface Chosen {
  readonly serviceName: string;
  readonly stored: StoredPolicy;
}

function choose(all: readonly Chosen[], services: readonly string[]): Chosen[] {
  const byName = new Map(all.map((one) => [one.serviceName, one]));
  const missing = services.filter((name) => !byName.has(name));
  if (missing.length > 0) throw new NotFound(`no policy is stored for ${missing.map(printable).join(", ")}`);
  const chosen =
    services.length === 0 ? [...byName.values()] : [...new Set(services)].flatMap((name) => byName.get(name) ?? []);
  return chosen.sort((a, b) => (a.serviceName < b.serviceName ? -1 : 1));
}

async function printAll(policies: readonly Policy[], command: Command): Promise<void> {
  const [{ policySetOf }, { yamlText }] = await Promise.all([
    import("../../shared/policies/set/policy-set.ts"),
    import("../yaml-text.ts"),
  ]);
  const set = policySetOf(policies);
  print(command, set, () => yamlText(set));
}

async function filesFor(
  to: string,
  policies: readonly Policy[],
  { isInto }: { isInto: boolean },
): Promise<WrittenFile[]> {
  const [{ policySetOf }, { policyFileOf }, { yamlText }, { fileNamesOf }] = await Promise.all([
    import("../../shared/policies/set/policy-set.ts"),
    import("../../shared/policies/policy-file.ts"),
    import("../yaml-text.ts"),
    import("./file-name.ts"),
  ]);
  if (!isInto) {
    const set = policySetOf(policies);
    const text = /\.json$/i.test(to) ? `${JSON.stringify(set, null, 2)}\n` : yamlText(set);
    return [{ path: to, text }];
  }
  const names = fileNamesOf(policies.map(({ serviceName }) => serviceName));
  return policies.map((policy) => ({
    path: join(to, names.get(policy.serviceName) ?? ""),
    text: yamlText({ service: policy.serviceName, ...policyFileOf(policy) }),
  }));
}

/** @throws an Error if other files of the folder define one of the services too: none of them could be planned then. */
async function refuseDoubles(to: string, policies: readonly Policy[], files: readonly WrittenFile[]): Promise<void> {
  const { servicesDefinedIn } = await import("./policy-set-input.ts");
  const written = new Set(files.map(({ path }) => resolve(path)));
  const exported = new Set(policies.map(({ serviceName }) => serviceName));
  const doubles = (await servicesDefinedIn(to)).filter(
    ({ serviceName, place }) => exported.has(serviceName) && !written.has(resolve(place.file)),
  );
  const [first] = doubles;
  if (first === undefined) return;
  const { file, line } = first.place;
  const more = doubles.length === 1 ? "" : `, and ${doubles.length - 1} more of the services stand in such files`;
  throw new Error(
    `${file}:${line} has the policy of ${first.serviceName} already${more}; export to another folder, or take it out there`,
  );
}

/** @throws an Error if that would write over a file that says something else, and nobody wants that. */
async function writeAll(
  files: readonly WrittenFile[],
  { to = "", force, yes }: Options,
  command: Command,
): Promise<void> {
  const { writeWhole } = await import("./write-file.ts");
  const others: string[] = [];
  for (const { path, text } of files) if (await saysSomethingElse(path, text)) others.push(path);
  if (others.length > 0 && !force && !yes) {
    const which = `${others.length === 1 ? others[0] : `${others.length} files in ${to}, ${others[0]} among them,`}`;
    if (!process.stdin.isTTY || !process.stderr.isTTY) {
      throw new Error(`${which} would be written over; --force does it`);
    }
    if (!(await confirmed(command, `Write over ${which}?`))) throw new Error("nothing was exported");
  }
  for (const { path, text } of files) await writeWhole(path, text);
}

async function saysSomethingElse(path: string, text: string): Promise<boolean> {
  try {
    if ((await stat(path)).isDirectory()) throw new Error(`${path} is a folder`);
    return (await stat(path)).isFile() && (await readFile(path, "utf8")) !== text;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** What is there is what it is; what is not is a file if it is called like one. */
async function isForFolder(path: string): Promise<boolean> {
  if (path.endsWith("/")) return true;
  return stat(path).then(
    (found) => found.isDirectory(),
    () => !/\.(ya?ml|json)$/i.test(path),
  );
}
