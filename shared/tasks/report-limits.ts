import { MAX_KEY_BYTES } from "../aws/key.ts";

/** Longest profiling that a report may announce, in seconds. */
export const MAX_DURATION_SECONDS = 86_400;

/** Most causes of one report: every check of a policy on every path that it lists, and then some. */
export const MAX_CAUSES = 1_000;

/** Longest layer, and name of a service, instance or process. A service's name becomes a key of DynamoDB. */
export const MAX_NAME_BYTES = MAX_KEY_BYTES;

/** Longest path or regular expression of URIs. */
export const MAX_URI_BYTES = 4_096;

/** Most regular expressions that choose which requests a network task samples. */
export const MAX_SAMPLING_REGEXES = 1_000;
