import { takenNode, versionText } from "../../version.ts";
import { type Check, ok } from "../check.ts";

/** Node and Flashpoint, and whether the one can run the other. */
export const versions: Check = {
  name: "versions",
  async run() {
    const taken = takenNode();
    const found = `Node.js ${process.versions.node}, flashpoint ${versionText()}`;
    const least = Number(/\d+/.exec(taken)?.[0] ?? 0);
    if (Number.parseInt(process.versions.node, 10) >= least) return ok(found);
    return [{ status: "failed", detail: `${found}; it takes Node.js ${taken}`, advice: "install a newer Node.js" }];
  },
};
