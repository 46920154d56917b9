/**
 * What Lambda's runtime does with a package: loads it with `require`, and hands it one event after another, each a line
 * of standard input. Answers go to descriptor 3, a line each; standard output is the function's log.
 */
const { writeSync } = require("node:fs");
const { createInterface } = require("node:readline");

const { handler } = require(process.argv[2]);

(async () => {
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await handler(JSON.parse(line)).then(
      (result) => ({ result }),
      (error) => ({ error: String(error?.stack) }),
    );
    writeSync(3, `${JSON.stringify(answer)}\n`);
  }
})();
