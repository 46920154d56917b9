import { resolved } from "./resolved.ts";
import type { ReadTemplate, Resource } from "./stack.ts";

/** What the stack runs: its functions, by the ends of their names, and the edge's server. */
export type ProgramName = "agent-api" | "task-dispatcher" | "task-forwarder" | "edge";

interface Variable {
  readonly Name: string;
  readonly Value: unknown;
}

export function roleOf(template: ReadTemplate, program: ProgramName): Resource {
  const reference = program === "edge" ? serverIn(template).TaskRoleArn : functionIn(template, program).Role;
  const [logicalId] = reference["Fn::GetAtt"];
  const role = template.resources("AWS::IAM::Role").find((role) => role.logicalId === logicalId);
  if (role === undefined) throw new Error(`no role ${logicalId}`);
  return role;
}

/** The variables that the stack sets for it. */
export function environmentOf(template: ReadTemplate, program: ProgramName): Record<string, string> {
  const variables =
    program === "edge"
      ? serverIn(template).ContainerDefinitions[0].Environment.map(({ Name, Value }: Variable) => [Name, Value])
      : Object.entries(functionIn(template, program).Environment.Variables);
  return Object.fromEntries(variables.map(([name, value]: [string, unknown]) => [name, resolved(template, value)]));
}

function functionIn(template: ReadTemplate, name: string): Resource["Properties"] {
  const functions = template.resources("AWS::Lambda::Function");
  const found = functions.find(({ Properties }) => Properties.FunctionName.endsWith(name));
  if (found === undefined) throw new Error(`no function ${name}`);
  return found.Properties;
}

function serverIn(template: ReadTemplate): Resource["Properties"] {
  return template.resource("AWS::ECS::TaskDefinition", "EdgeTask").Properties;
}
