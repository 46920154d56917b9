import { RE2JS } from "re2js";
import { errorText } from "../../errors.ts";
import { type Program, pathsMatched } from "./regex-reach.ts";

/** What a regular expression of a policy does to the paths of requests. */
export interface RegexVerdict {
  /** "rejected": Go cannot compile it. "some" also where it takes too long to tell. */
  readonly matches: "rejected" | "all" | "none" | "some";
  /** Why it is rejected, in RE2's words; else blank. */
  readonly reason: string;
}

export interface RegexJudge {
  judge(regex: string): RegexVerdict;
}

/** Most steps for all regular expressions of a set together: a second or so. */
const MAX_STEPS = 20_000_000;
/** Most steps for one. */
const MAX_STEPS_EACH = 400_000;
/** Longest text that RE2's reason repeats. */
const MAX_REASON = 200;

/** Each expression is judged once, however many checks have it. */
export function createRegexJudge(): RegexJudge {
  const known = new Map<string, RegexVerdict>();
  let left = MAX_STEPS;

  function judged(regex: string): RegexVerdict {
    let program: Program;
    try {
      program = RE2JS.compile(regex).re2Input.prog as Program;
    } catch (error) {
      const reason = errorText(error).replace(/^error parsing regexp: /, "");
      // Go takes a group's name twice, which RE2 itself and re2js do not.
      if (reason.startsWith("duplicate capture group name")) return { matches: "some", reason: "" };
      return { matches: "rejected", reason: reason.slice(0, MAX_REASON) };
    }
    const { matched, steps } = pathsMatched(program, Math.min(left, MAX_STEPS_EACH));
    left -= steps;
    return { matches: matched, reason: "" };
  }

  return {
    judge(regex) {
      const verdict = known.get(regex) ?? judged(regex);
      known.set(regex, verdict);
      return verdict;
    },
  };
}
