import type { Policy } from "../policies/policy.ts";
import type { PolicyLookup } from "../policies/policy-cache.ts";

/** A service that the agent asked about, with the UUID of the policy it holds; blank for none. */
export interface AskedService {
  readonly serviceName: string;
  readonly uuid: string;
}

/** Why a service stands in an answer. */
export type AnswerReason = "changed" | "gone" | "resent";

export interface PolicyAnswer {
  /** One JSON object per service, in the form that the agent reads. */
  readonly services: readonly string[];
  readonly reasons: readonly AnswerReason[];
}

/**
 * Largest answer in bytes. Go's gRPC clients refuse messages over 4 MiB, and an agent that cannot read the answer
 * learns nothing at all. What does not fit comes with the next poll: by then the agent holds the UUIDs of the rest.
 */
const MAX_ANSWER_BYTES = 3 * 1_024 * 1_024;

const NOTHING: PolicyAnswer = { services: [], reasons: [] };

/** Each service once; where one is named twice, the first mention counts. */
export function firstMentions<T extends AskedService>(asked: readonly T[]): readonly T[] {
  const names = new Set<string>();
  for (const { serviceName } of asked) names.add(serviceName);
  if (names.size === asked.length) return asked;
  return asked.filter(({ serviceName }) => names.delete(serviceName));
}

/**
 * Decides what a poll hears. `lookups` stand in the order of `asked`. A service whose policy is invalid is passed
 * over: the agent keeps what it holds.
 */
export function answerPoll(
  asked: readonly AskedService[],
  lookups: readonly PolicyLookup[],
  isResendDue: (serviceName: string) => boolean,
): PolicyAnswer {
  const due: { reason: AnswerReason; json: () => string }[] = [];
  const resent: typeof due = [];
  asked.forEach(({ serviceName, uuid }, index) => {
    const lookup = lookups[index];
    if (lookup === undefined || lookup.state === "invalid") return;
    if (lookup.state === "absent") {
      if (uuid !== "") due.push({ reason: "gone", json: () => goneJson(serviceName) });
    } else if (lookup.policy.uuid !== uuid) {
      due.push({ reason: "changed", json: () => policyJson(lookup.policy) });
    } else if (isResendDue(serviceName)) {
      resent.push({ reason: "resent", json: () => policyJson(lookup.policy) });
    }
  });
  if (due.length === 0 && resent.length === 0) return NOTHING;

  const services: string[] = [];
  const reasons: AnswerReason[] = [];
  let bytes = 0;
  for (const { reason, json } of [...due, ...resent]) {
    const service = json();
    bytes += Buffer.byteLength(service) + 1;
    if (bytes > MAX_ANSWER_BYTES && services.length > 0) break;
    services.push(service);
    reasons.push(reason);
  }
  return { services, reasons };
}

function goneJson(serviceName: string): string {
  return JSON.stringify({ ServiceName: serviceName, UUID: "", Profiling: {} });
}

/** The agent reads these very names; `Threshold` is text, `Period` and `Count` are numbers. */
function policyJson({ serviceName, uuid, targets }: Policy): string {
  const profiling = Object.fromEntries(
    Object.entries(targets).map(([target, checks]) => [
      target,
      Object.fromEntries(
        Object.entries(checks).map(([type, { threshold, period, count, uriList, uriRegex }]) => [
          type,
          { Threshold: threshold, Period: period, Count: count, URIList: uriList, URIRegex: uriRegex },
        ]),
      ),
    ]),
  );
  return JSON.stringify({ ServiceName: serviceName, UUID: uuid, Profiling: profiling });
}
