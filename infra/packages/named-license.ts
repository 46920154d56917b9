import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { LockedPackage } from "./locked-packages.ts";

/** The package with the license that its own package.json names, where the lock file names none. */
export function withNamedLicense(found: LockedPackage, root: string): LockedPackage {
  if (found.license !== undefined) return found;
  const file = join(root, found.path, "package.json");
  const license = existsSync(file) ? licenseIn(JSON.parse(readFileSync(file, "utf8"))) : undefined;
  return license === undefined ? found : { ...found, license };
}

/** In the forms of package.json's field, also of those that npm no longer recommends. */
function licenseIn({ license, licenses }: { license?: unknown; licenses?: unknown }): string | undefined {
  if (Array.isArray(licenses) && license === undefined) {
    const each = licenses.map(typeOf);
    return each.length === 0 || each.includes(undefined) ? undefined : `(${each.join(" OR ")})`;
  }
  return typeOf(license);
}

function typeOf(license: unknown): string | undefined {
  const named = typeof license === "object" && license !== null && "type" in license ? license.type : license;
  return typeof named === "string" && named !== "" ? named : undefined;
}
