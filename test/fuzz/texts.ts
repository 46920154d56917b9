import type { Random } from "./random.ts";

/**
 * Names that cases share, so that calls meet what others left behind. Few: whatever is remembered of a name has to be
 * the same few names again, else memory would tell nothing.
 */
const SERVICES = Array.from({ length: 40 }, (_, index) => `fuzz-service-${index}`);
const AGENTS = Array.from({ length: 20 }, (_, index) => `fuzz-agent-${index}`);
const TASKS = Array.from({ length: 20 }, (_, index) => `fuzz-task-${index}`);

/** Strings that have broken programs before. */
const ODD_TEXTS = [
  "",
  " ",
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "null",
  "undefined",
  "NaN",
  "\0",
  "\r\n",
  "\ufeff",
  "\ufffd",
  "\uffff",
  "é",
  "👩‍🚀",
  "‮abc",
  "../../etc/passwd",
  "%00",
  "%zz",
  "$(x)",
  "{{x}}",
  "'; --",
  "<script>",
  "a/b?c#d",
  "*",
  "!",
  "parse binary: ",
  "grpc-status: 13",
  "x".repeat(300),
  "é".repeat(700),
];

const WORDS = [
  "java",
  "pod-1",
  "OS_LINUX",
  "K8S_SERVICE",
  "main",
  "worker",
  "/cart",
  "^/api/.*",
  "support_ebpf_profiling",
];

/** What a field of this name mostly holds. */
const BY_FIELD: Readonly<Record<string, readonly string[]>> = {
  serviceName: SERVICES,
  service: SERVICES,
  ebpfAgentID: AGENTS,
  roverInstanceId: AGENTS,
  taskId: TASKS,
  layer: ["OS_LINUX", "K8S_SERVICE", ""],
  name: [
    "rover_con_p_process_cpu",
    "rover_con_p_http_error_rate",
    "rover_con_p_system_load",
    "process_name",
    "layer",
    "uri",
  ],
};

/** A text for a field, by its name: mostly one that leads somewhere. */
export function textFor(random: Random, field: string): string {
  const usual = BY_FIELD[field] ?? WORDS;
  if (random.chance(0.85)) return random.pick(usual);
  return oddText(random);
}

export function oddText(random: Random): string {
  if (random.chance(0.9)) return random.pick(ODD_TEXTS);
  return random.bytes(random.whole(1, 40)).toString(random.pick(["utf8", "latin1", "base64"] as const));
}
