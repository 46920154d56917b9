import type { Answer } from "./target.ts";
import type { Usage } from "./usage.ts";

/** What the child's environment says. */
export const CHILD_ENV = {
  seed: "FUZZ_SEED",
  token: "FUZZ_TOKEN",
  dynamodb: "FUZZ_DYNAMODB",
  sqs: "FUZZ_SQS",
} as const;

/** To the child: cases to run, each by one of its targets; or a question. */
export type ToChild =
  | { readonly run: readonly (readonly [index: number, target: string])[] }
  | { readonly ask: "usage" };

/** From the child; `sent` is what a case sent, for those that something is wrong with. */
export type FromChild =
  | { readonly done: readonly { readonly index: number; readonly answer: Answer; readonly sent?: string }[] }
  | { readonly usage: Usage };
