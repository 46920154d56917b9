/** What the package was built from; infra/packages/cli/bundle-cli.ts puts it in. There is none in a checkout, where nothing is built. */
declare const FLASHPOINT_BUILD:
  | {
      readonly version: string;
      readonly commit: string | null;
      /** As `engines.node` of the package's package.json. */
      readonly node: string;
    }
  | undefined;

/** Undefined in a checkout. */
export const built = typeof FLASHPOINT_BUILD === "undefined" ? undefined : FLASHPOINT_BUILD;

/** How the program is called where it is installed, or in a checkout. */
export const PROGRAM = built === undefined ? "npx flashpoint" : "flashpoint";
