import { errorText } from "../../shared/errors.ts";
import { runDemo } from "./demo.ts";

const startedAt = performance.now();
const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"]) {
  process.once(name, () => interrupted.abort(new Error("interrupted"))); // a second one ends it at once
}

/** One line a step, with the seconds since the start. */
function say(text: string): void {
  process.stdout.write(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5)} s  ${text}\n`);
}

try {
  await runDemo(say, interrupted.signal);
  say("done: the whole loop works on this machine");
  say("next: README.md shows how to run it, docs/collectors.md how to receive tasks and profiles");
} catch (error) {
  say(`failed: ${errorText(error)}`);
  process.exitCode = 1;
}
