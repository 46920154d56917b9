import type { Command } from "commander";
import { loadTopic } from "./program.ts";

/** The verb whose exit code 2 says something else than wrong usage. */
const [TOPIC, VERB] = ["policies", "plan"];

/**
 * Whether these words call `policies plan`, for which 2 means that there are changes: what is wrong ends it with 1 then,
 * wherever in the words it is. Options that the program does not know, and their values, are passed over.
 */
export async function twoIsAnAnswer(program: Command, words: readonly string[]): Promise<boolean> {
  const topics = new Set(program.commands.map((topic) => topic.name()));
  const at = words.findIndex((word) => topics.has(word));
  const topic = program.commands.find((one) => one.name() === words[at]);
  if (topic?.name() !== TOPIC) return false;
  await loadTopic(topic);
  return words.slice(at + 1).find((word) => topic.commands.some((verb) => verb.name() === word)) === VERB;
}
