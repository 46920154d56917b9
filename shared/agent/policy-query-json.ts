import type {
  ContinuousProfilingPolicyQuery,
  ContinuousProfilingServicePolicyQuery,
} from "../gen/ebpf/profiling/Continuous_pb.js";

/** White space of JSON (RFC 8259, section 2), and text that stands in quotes as it is. */
const SPACE = "[ \\t\\n\\r]*";
const TEXT = '"([^"\\\\\\x00-\\x1f]*)"';

const tokens = (...parts: string[]): RegExp => new RegExp(parts.join(SPACE), "y");
const BEGINNING = tokens("", "\\{", '"policies"', ":", "\\[", "");
const SERVICE = tokens(
  "\\{",
  '"serviceName"',
  ":",
  `${TEXT}(?:`,
  ",",
  '"uuid"',
  ":",
  `${TEXT})?`,
  "\\}",
  "([,\\]])",
  "",
);
const END = tokens("\\}", "$");

const decoder = new TextDecoder();

/**
 * Reads a poll from JSON in the one form that clients write it in: all names in their order, nothing unknown, no text
 * with escapes. The library's general way takes several times as long, most of it to look for names that stand there
 * twice.
 * @returns undefined for any other form, whatever it says.
 */
export function readPolicyQueryJson(bytes: Uint8Array): ContinuousProfilingPolicyQuery | undefined {
  const text = decoder.decode(bytes);
  BEGINNING.lastIndex = 0;
  if (!BEGINNING.test(text)) return undefined;
  const policies: ContinuousProfilingServicePolicyQuery[] = [];
  let at = BEGINNING.lastIndex;
  for (let more = true; more; ) {
    SERVICE.lastIndex = at;
    const match = SERVICE.exec(text);
    if (match === null) return undefined;
    at = SERVICE.lastIndex;
    const [, serviceName = "", uuid = "", next] = match;
    policies.push({ $typeName: "skywalking.v3.ContinuousProfilingServicePolicyQuery", serviceName, uuid });
    more = next === ",";
  }
  END.lastIndex = at;
  return END.test(text) ? { $typeName: "skywalking.v3.ContinuousProfilingPolicyQuery", policies } : undefined;
}
