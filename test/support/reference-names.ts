import type { ReadTemplate } from "./stack.ts";

/** The properties that give a resource its name. */
const NAMES = ["QueueName", "FunctionName", "TableName", "ClusterName"];

/** What a text or a reference names: the resource's own name or, where AWS makes one, its logical id without the hash. */
export function referenceName({ resources }: ReadTemplate, value: unknown): string {
  if (typeof value === "string") return value;
  const [, logicalId = ""] = /"(?:Ref":|Fn::GetAtt":\[)"([^"]+)"/.exec(JSON.stringify(value)) ?? [];
  const found = resources().find((resource) => resource.logicalId === logicalId);
  const named = NAMES.find((property) => typeof found?.Properties?.[property] === "string");
  return named === undefined ? logicalId.replace(/[0-9A-F]{8}$/, "") : found?.Properties[named];
}
