import { number } from "../table.ts";
import type { Door } from "./door.ts";

/**
 * What the bill assumes where nothing was measured and the stack does not say it, with the reason; `npm run cost --
 * --assumptions` prints it. Where it could be more or less, it is rather more.
 */
interface Assumption {
  readonly value: number;
  readonly unit: string;
  readonly why: string;
  /** For the weightiest: the door whose bill is not shown without them. */
  readonly weighsAt?: Door | "both";
}

const LISTED = {
  hoursPerMonth: { value: 730, unit: "hours", why: "a twelfth of a year, as AWS's own calculator has it" },
  servicesPerPoll: {
    value: 10,
    unit: "services",
    why: "that one poll names, as the measured one does; all of the fleet's if they are fewer",
  },
  megabytesPerVcpu: {
    value: 1_769,
    unit: "MB",
    why: "for which a function has one processor, and less in proportion: AWS Lambda Developer Guide, Configure Lambda function memory",
  },
  runtimeMicros: {
    value: 300,
    unit: "µs",
    why: "of a processor, which Lambda's own runtime takes beside the handler for each call: it fetches the call and hands the answer back, two HTTP requests to a local address",
    weighsAt: "function",
  },
  roundingMillis: {
    value: 1,
    unit: "ms",
    why: "at most that a call is billed above its time, since each started millisecond counts",
    weighsAt: "function",
  },
  warmMinutes: {
    value: 10,
    unit: "minutes",
    why: "that Lambda keeps an instance without calls; AWS does not say. Calls come at random: where one of those minutes' finds all instances busy, one more starts and stays. Any of them is asked next, so each reads policies and tokens for itself",
    weighsAt: "function",
  },
  pollersPerQueue: {
    value: 5,
    unit: "pollers",
    why: "that Lambda has on an idle queue; with a maximum concurrency set, as here, it does not come down to two: AWS Lambda Developer Guide, Configuring scaling behavior for SQS event source mappings",
  },
  longPollSeconds: {
    value: 20,
    unit: "s",
    why: "that each of them waits for a message, the longest that SQS lets it; an empty answer is a request all the same",
  },
  tokenSeconds: {
    value: 60,
    unit: "s",
    why: "that a process remembers a token; then it is read again, one read unit",
  },
  databaseMillis: { value: 5, unit: "ms", why: "that DynamoDB takes to answer within a region" },
  queueMillis: { value: 10, unit: "ms", why: "that SQS takes to answer" },
  bucketMillis: { value: 30, unit: "ms", why: "that S3 takes to store or read a profile" },
  collectorMillis: { value: 200, unit: "ms", why: "that a collector takes to answer" },
  profileMicros: {
    value: 5_000,
    unit: "µs",
    why: "of a processor, to make a pprof file of what an agent sends in 5 s",
  },
  profilesPerTask: {
    value: 120,
    unit: "profiles",
    why: "of one task: an agent profiles for 600 s and sends what it has every 5 s",
  },
  taskKb: { value: 1, unit: "KB", why: "of a task's item, or a profile's record, up to which a write is one unit" },
  claimKb: { value: 0.3, unit: "KB", why: "of a report's claim, kept for 15 days" },
  policyBytes: {
    value: 300,
    unit: "bytes",
    why: "of a policy of two checks in its table, which is read whole where that costs less than its services one by one",
  },
  agentKb: { value: 1, unit: "KB", why: "of what an agent watches, up to which a write is one unit" },
  agentWritesPerHour: { value: 12, unit: "writes", why: "of what an agent watches, where nothing changes" },
  functionAnswerBytes: {
    value: 600,
    unit: "bytes",
    why: "of an empty answer of the function URL: 275 of our headers, as the handler returns them; 250 of AWS's (status, date, connection, x-amzn-requestid, x-amzn-trace-id); 75 of TLS, TCP and IP",
    weighsAt: "function",
  },
  edgeAnswerBytes: {
    value: 135,
    unit: "bytes",
    why: "of an empty answer of the edge: 60 over HTTP/2, whose headers are compressed, with a date that is another each time; 75 of TLS, TCP and IP",
    weighsAt: "edge",
  },
  edgeRequestBytes: {
    value: 145,
    unit: "bytes",
    why: "of a poll over HTTP/2, TLS, TCP and IP, beside the services that it names",
  },
  serviceBytes: { value: 95, unit: "bytes", why: "of a service in a poll: a name of 25 letters, and a UUID of 64" },
  resentShare: {
    value: 1 / 6,
    unit: "of polls",
    why: "hear a service's policy again though it did not change: once a minute, so that agents look for new processes",
  },
  resentBytes: {
    value: 370,
    unit: "bytes",
    why: "of a policy of two checks in an answer, which comes again once a minute though it did not change; answers of a few are not compressed",
    weighsAt: "both",
  },
  resentMicros: { value: 5, unit: "µs", why: "of a processor, to write such a policy into an answer" },
  handshakeBytes: {
    value: 6_500,
    unit: "bytes",
    why: "that a new connection is sent: ACM's certificate with its chain 4,900, its signature and the rest of TLS 1.3 600, a post-quantum key 1,100 where the agent asks for one",
  },
  functionConnectionMinutes: {
    value: 10,
    unit: "minutes",
    why: "that an agent keeps a connection to the function URL; AWS does not say. One that opens another for each poll is sent twelve times as much as an empty answer is",
    weighsAt: "function",
  },
  connectionMinutes: {
    value: 30,
    unit: "minutes",
    why: "that an agent keeps a connection to the edge; then it is asked for another",
  },
  edgeProcessorFactor: {
    value: 1,
    unit: "times",
    why: "as long does a poll take of the edge's arm64 processors, with thousands of connections, as of the machine that it was measured on, with four; not tried",
    weighsAt: "edge",
  },
  renewingShare: { value: 0.1, unit: "of agents", why: "more connections than agents, while some of them change over" },
  metricLineKb: { value: 1.5, unit: "KB", why: "of metrics that an instance writes to its log every minute" },
  eventLineKb: { value: 1, unit: "KB", why: "of metrics that a function writes to its log for each batch of messages" },
  agentMetrics: {
    value: 15,
    unit: "metrics",
    why: "of Flashpoint's own that are told of a fleet that polls, with their labels",
  },
  collectorMetrics: { value: 3, unit: "metrics", why: "of Flashpoint's own for each collector that is delivered to" },
  callMicrosFactor: {
    value: 1,
    unit: "of a poll",
    why: "processor time of an agent's other calls (--calls all); not measured one by one",
  },
} as const satisfies Record<string, Assumption>;

/** The values alone. */
export type Assumed = Readonly<Record<keyof typeof LISTED, number>>;

export const ASSUMED: Assumed = Object.fromEntries(
  Object.entries(LISTED).map(([name, { value }]) => [name, value]),
) as Record<keyof typeof LISTED, number>;

/** All of them, one a line. */
export function assumptionsText(): string {
  return Object.values(LISTED)
    .map((assumption) => `  ${lineOf(assumption)}\n`)
    .join("");
}

/** Those without which a bill by that door is not to be read. */
export function weightiest(door: Door): string[] {
  return Object.values<Assumption>(LISTED)
    .filter(({ weighsAt }) => weighsAt === door || weighsAt === "both")
    .map(lineOf);
}

function lineOf({ value, unit, why }: Assumption): string {
  return `${number(value)} ${unit}: ${why}`;
}
