/**
 * What Lambda's runtime does with a package: loads it with `import`, and hands it one event after another, each a line
 * of standard input. Answers go to descriptor 3, a line each; standard output is the function's log.
 */
const { writeSync } = require("node:fs");
const { createInterface } = require("node:readline");

(async () => {
  const { handler } = await import(process.argv[2]);
  for await (const line of createInterface({ input: process.stdin })) {
    const answer = await handler(JSON.parse(line)).then(
      (result) => ({ result }),
      (error) => ({ error: String(error?.stack) }),
    );
    writeSync(3, `${JSON.stringify(answer)}\n`);
  }
})();
