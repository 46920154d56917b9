import type { ClockReading } from "../../door/door.ts";
import { type Check, type Finding, ok } from "../check.ts";
import { clockOfDynamoDb } from "../clock-of.ts";

/** Beyond this tokens end too soon or too late, and ages are wrong. */
const NOTICEABLE_MS = 30_000;
/** AWS refuses signatures that are further off (IAM User Guide, "Signing AWS API requests"). */
const REFUSED_MS = 5 * 60_000;

/** Whether this machine's clock says what the others' say. */
export const clock: Check = {
  name: "clock",
  needs: ["configuration"],
  async run({ stores, doors }) {
    const [dynamodb, asked] = await Promise.all([
      clockOfDynamoDb(stores.aws.documents, () => stores.policyStore.getMany(["readiness"])),
      doors(),
    ]);
    const readings: [string, ClockReading | undefined][] = [
      ["DynamoDB", dynamodb],
      ...asked.map(({ door, answer }): [string, ClockReading | undefined] => [door.address, answer.clock]),
    ];
    const known = readings.flatMap(([of, reading]) =>
      reading === undefined ? [] : [{ of, aheadMs: aheadOf(reading) }],
    );
    if (known.length === 0) return [{ status: "skipped", detail: "nothing answered that tells the time" }];
    const off = known.filter(({ aheadMs }) => Math.abs(aheadMs) > NOTICEABLE_MS);
    if (off.length === 0) return ok(`within ${NOTICEABLE_MS / 1_000} s of ${known.map(({ of }) => of).join(" and ")}`);
    return off.map(({ of, aheadMs }) => finding(of, aheadMs));
  },
};

/** By how much it is ahead of ours; a date tells whole seconds, so half of one is on it as a rule. */
function aheadOf({ theirs, ours }: ClockReading): number {
  return theirs + 500 - ours;
}

function finding(of: string, aheadMs: number): Finding {
  const isRefused = Math.abs(aheadMs) > REFUSED_MS;
  const far = `${Math.round(Math.abs(aheadMs) / 1_000)} s ${aheadMs > 0 ? "ahead of" : "behind"}`;
  const harm = isRefused ? "AWS refuses signatures from 5 minutes on" : "tokens end sooner or later than they say";
  return {
    status: isRefused ? "failed" : "warning",
    detail: `the clock of ${of} is ${far} this machine's: ${harm}`,
    advice: "have NTP set the clock that is wrong",
    breaks: [],
  };
}
