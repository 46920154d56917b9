import { resolved } from "./resolved.ts";
import type { ReadTemplate, Resource } from "./stack.ts";
import type { ActionOn } from "./taken-permissions.ts";

interface PolicyDocument {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Action: string | readonly string[];
    readonly Resource: unknown;
  }[];
}

/**
 * Every pair of an action and a resource that a role's statements allow, in its own policies and in those attached.
 * @throws if it has a policy or a statement of which that cannot be said.
 */
export function allowedTo(template: ReadTemplate, role: Resource): ActionOn[] {
  return documentsOf(template, role).flatMap(({ Statement }) =>
    Statement.flatMap(({ Effect, Action, Resource, ...rest }) => {
      const { Sid, ...more } = rest as { Sid?: string };
      if (Effect !== "Allow" || Object.keys(more).length > 0)
        throw new Error(`cannot judge ${Sid} of ${role.logicalId}`);
      const resources = listOf(Resource).map((resource) => resolved(template, resource));
      return listOf(Action).flatMap((action) => resources.map((resource) => ({ action, resource })));
    }),
  );
}

function documentsOf(template: ReadTemplate, { logicalId, Properties }: Resource): PolicyDocument[] {
  if (Properties.ManagedPolicyArns !== undefined)
    throw new Error(`${logicalId} has policies that are not in the stack`);
  const attached = template
    .resources()
    .filter(({ Type }) => Type === "AWS::IAM::Policy" || Type === "AWS::IAM::ManagedPolicy")
    .filter((policy) => JSON.stringify(policy.Properties.Roles ?? []).includes(`"${logicalId}"`));
  return [...(Properties.Policies ?? []), ...attached.map((policy) => policy.Properties)].map(
    ({ PolicyDocument }) => PolicyDocument,
  );
}

/** Where what a role allows and what was done with it differ, each as `action on resource`. */
export function differences(allowed: readonly ActionOn[], done: readonly ActionOn[]) {
  return {
    /** Done, and not allowed. */
    denied: texts(done.filter((one) => !allowed.some((pair) => allows(pair, one)))),
    /** Allowed, and not done. */
    unused: texts(allowed.filter((pair) => !done.some((one) => allows(pair, one)))),
  };
}

/** @returns them sorted. */
export function texts(list: readonly ActionOn[]): string[] {
  return list.map(({ action, resource }) => `${action} on ${resource}`).sort();
}

/** Only in a resource does case matter. */
function allows(pair: ActionOn, done: ActionOn): boolean {
  return fits(pair.action.toLowerCase(), done.action.toLowerCase()) && fits(pair.resource, done.resource);
}

/** IAM's. */
const WILDCARDS: Readonly<Record<string, string>> = { "*": ".*", "?": "." };

function fits(pattern: string, text: string): boolean {
  const expression = pattern.replace(/\W/g, (character) => WILDCARDS[character] ?? `\\${character}`);
  return new RegExp(`^${expression}$`, "s").test(text);
}

function listOf<T>(value: T | readonly T[]): readonly T[] {
  return Array.isArray(value) ? value : [value as T];
}
