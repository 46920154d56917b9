import { stringify } from "yaml";

/**
 * Parts of a template as YAML that a reviewer reads with ease: references as `${name}` within text, what hangs on the bytes
 * of a bundle left out.
 */
export function readableTemplate(part: unknown): string {
  return stringify(readable(part), { lineWidth: 120, sortMapEntries: true, aliasDuplicateObjects: false });
}

function readable(value: unknown): unknown {
  if (typeof value === "string") return withoutHashes(value);
  if (Array.isArray(value)) return value.map(readable);
  if (typeof value !== "object" || value === null) return value;
  const [[key = "", argument], ...more] = Object.entries(value) as [[string, unknown]];
  if (more.length === 0 && key === "Ref") return `\${${argument}}`;
  if (more.length === 0 && key === "Fn::GetAtt") return `\${${(argument as string[]).join(".")}}`;
  if (more.length === 0 && key === "Fn::Sub" && typeof argument === "string") return withoutHashes(argument);
  if (more.length === 0 && key === "Fn::Join") return joined(argument as [string, unknown[]]);
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, readable(inner)]));
}

/** A text that holds JSON, a dashboard for one, is shown as what it holds. */
function joined([separator, parts]: [string, unknown[]]): unknown {
  const text = parts.map((part) => String(readable(part))).join(separator);
  if (!text.startsWith("{")) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function withoutHashes(text: string): string {
  return text.replaceAll(/[0-9a-f]{64}/g, "<hash>");
}
