/**
 * Says how long it takes Node to load a bundle, as Lambda's runtime does, and to answer the event on standard input, if
 * there is one: in milliseconds, by the clock and by the processor.
 */
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const url = pathToFileURL(process.argv[2]).href;
const input = readFileSync(0, "utf8");
const event = input === "" ? undefined : JSON.parse(input);

const from = { clock: performance.now(), processor: process.cpuUsage() };
const took = () => {
  const { user, system } = process.cpuUsage(from.processor);
  return { clockMs: performance.now() - from.clock, processorMs: (user + system) / 1_000 };
};
const { handler } = await import(url);
const load = took();
const answer = event && (await handler(event));
process.stdout.write(JSON.stringify({ load, answered: took(), answer }));
process.exit();
