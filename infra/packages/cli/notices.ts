import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type LockedPackage, packageOf } from "../locked-packages.ts";

/** As publishers call them; the Apache License asks for NOTICE too, and most others for their own text. */
const LEGAL_FILE = /^(licen[cs]e|copying|notice|thirdpartynotice)/i;

const HEAD = `Flashpoint's command line contains the packages below. Each stands under the license that is named, with its text as
the package has it.`;

/** The packages that bundled files belong to, as `LockedPackage.path`, in order. */
export function bundledPackages(inputs: readonly string[]): string[] {
  return [...new Set(inputs.flatMap((file) => packageOf(file) ?? []))].sort();
}

/**
 * Names, licenses and legal texts of packages. A package without a text of its own is named with its license alone; the same
 * text stands once, under all that have it.
 */
export function noticesOf(packages: readonly LockedPackage[], root: string): string {
  const byText = Map.groupBy(packages, ({ path }) => legalText(join(root, path)));
  const sections = [...byText].map(([text, those]) => {
    const names = those.map(({ name, version, license }) => `${name} ${version} (${license ?? "no license named"})`);
    return [...names, ...(text === "" ? [] : ["", text])].join("\n");
  });
  return `${[HEAD, ...sections].join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}

function legalText(folder: string): string {
  const files = readdirSync(folder).filter((name) => LEGAL_FILE.test(name) && !/\.[cm]?[jt]s$/.test(name));
  return files
    .sort()
    .map((name) => readFileSync(join(folder, name), "utf8").replaceAll("\r\n", "\n").trim())
    .join("\n\n");
}
