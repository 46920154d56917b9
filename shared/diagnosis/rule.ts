import type { CommandLine } from "./command-line.ts";
import type { ServiceFacts } from "./service-facts.ts";

/** @returns the sentence without its capital and its full stop, or undefined if the rule does not hold. */
export type Rule = (facts: ServiceFacts, commandLine: CommandLine) => string | undefined;
