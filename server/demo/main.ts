import { errorText } from "../../shared/errors.ts";
import { runDemo } from "./demo.ts";

const startedAt = performance.now();

/** One line a step, with the seconds since the start. */
function say(text: string): void {
  process.stdout.write(`${((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5)} s  ${text}\n`);
}

try {
  await runDemo(say);
  say("done: the whole loop works on this machine");
} catch (error) {
  say(`failed: ${errorText(error)}`);
  process.exitCode = 1;
}
