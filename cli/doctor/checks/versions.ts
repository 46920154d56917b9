import { readFileSync } from "node:fs";
import { type Check, ok } from "../check.ts";

/** Node and Flashpoint, and whether the one can run the other. */
export const versions: Check = {
  name: "versions",
  async run() {
    const { version, engines } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8"));
    const found = `Node.js ${process.versions.node}, flashpoint ${version}`;
    const least = Number(/\d+/.exec(engines?.node ?? "")?.[0] ?? 0);
    if (Number.parseInt(process.versions.node, 10) >= least) return ok(found);
    return [
      { status: "failed", detail: `${found}; it takes Node.js ${engines.node}`, advice: "install a newer Node.js" },
    ];
  },
};
