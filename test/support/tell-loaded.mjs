/** Loaded before a program (`node --import`): tells on standard error each module that the program loads, one a line. */

import { writeSync } from "node:fs";
import { registerHooks } from "node:module";

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith("node:")) writeSync(2, `loaded ${url}\n`);
    return nextLoad(url, context);
  },
});
