/** What the package has, beside package.json, README.md and LICENSE, which npm puts into every one. */
export const PACKED_FILES = [
  "dist/cli",
  "dist/THIRD-PARTY-NOTICES.txt",
  "docs/policy-file.schema.json",
  // What its texts point to.
  ...["agents", "cli", "collectors", "deploying", "policies", "profiles"].map((page) => `docs/${page}.md`),
  "infra/RUNBOOK.md",
] as const;
/** What the bundle's syntax and what it takes of Node's own modules need. */
export const PACKED_NODE = ">=22";
export const PACKED_ENTRY = "dist/cli/flashpoint.js";

const KEPT = ["name", "version", "description", "license", "type", "private"] as const;

/** package.json as it goes into the package: all that is needed is in the bundle, so it depends on nothing. */
export function packedManifest(manifest: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return {
    ...Object.fromEntries(KEPT.map((field) => [field, manifest[field]])),
    engines: { node: PACKED_NODE },
    bin: { flashpoint: PACKED_ENTRY },
    files: PACKED_FILES,
  };
}

/** Whether package.json is the package's and not the checkout's. */
export function isPacked(manifest: { bin?: Record<string, string> }): boolean {
  return manifest.bin?.flashpoint === PACKED_ENTRY;
}
