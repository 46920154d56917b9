/**
 * What the bill assumes where nothing was measured and the stack does not say it, with the reason; `npm run cost --
 * --assumptions` prints it. Where it could be more or less, it is rather more.
 */
interface Assumption {
  readonly value: number;
  readonly unit: string;
  readonly why: string;
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
    why: "of a processor, which Lambda's own runtime takes beside the handler to fetch a call and hand its answer back; not measured",
  },
  roundingMillis: {
    value: 1,
    unit: "ms",
    why: "at most that a call is billed above its time, since each started millisecond counts",
  },
  peakDeviations: {
    value: 4,
    unit: "deviations",
    why: "above their mean, that calls at once come to (they are spread as Poisson has it): so many instances stay warm",
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
  agentKb: { value: 1, unit: "KB", why: "of what an agent watches, up to which a write is one unit" },
  agentWritesPerHour: { value: 12, unit: "writes", why: "of what an agent watches, where nothing changes" },
  functionAnswerBytes: {
    value: 500,
    unit: "bytes",
    why: "of an empty answer of the function URL, with the headers of AWS and ours",
  },
  edgeAnswerBytes: {
    value: 110,
    unit: "bytes",
    why: "of an empty answer over HTTP/2 and TLS, whose headers are compressed",
  },
  edgeRequestBytes: {
    value: 80,
    unit: "bytes",
    why: "of a poll over HTTP/2 and TLS, beside the services that it names",
  },
  serviceBytes: { value: 95, unit: "bytes", why: "of a service in a poll: a name, and a UUID of 64 characters" },
  connectionMinutes: {
    value: 30,
    unit: "minutes",
    why: "that an agent keeps a connection to the edge; then it is asked for another",
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
    why: "processor time of an agent's other calls (--calls all); they were not measured one by one",
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
    .map(({ value, unit, why }) => `  ${value.toLocaleString("en")} ${unit}: ${why}\n`)
    .join("");
}
