import { WHY } from "../permissions.ts";
import { readable, type Template, type TemplateResource } from "./template.ts";

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

interface RoleProperties {
  readonly AssumeRolePolicyDocument: {
    readonly Statement: readonly { readonly Principal: { readonly Service: string } }[];
  };
  readonly Policies?: readonly { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[];
}

const INTRODUCTION = `# What each role may do

Made from the synthesised template, with the gRPC edge, by \`npm run docs:permissions\`; do not edit. Every program has a role of
its own. There is no wildcard among the actions. Where a resource ends in a star, its names are made as they come: log streams, objects, and
secrets named after the stack, to whose ARNs Secrets Manager adds six characters. The key of the account's image registry has no ARN
at all.
`;

/** Every statement of every role, with what it is for, as Markdown. */
export function permissionsPage(template: Template): string {
  const roles = Object.entries(template.Resources).filter(([, { Type }]) => Type === "AWS::IAM::Role");
  return [INTRODUCTION, ...roles.map(([logicalId, role]) => section(template, logicalId, role))].join("\n");
}

function section(template: Template, logicalId: string, role: TemplateResource): string {
  const { AssumeRolePolicyDocument, Policies = [] } = role.Properties as unknown as RoleProperties;
  const why = role.Metadata?.[WHY] as Readonly<Record<string, string>>;
  const services = AssumeRolePolicyDocument.Statement.map(({ Principal }) => Principal.Service);
  const rows = Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement).map(
    ({ Sid, Action, Resource }) =>
      `| ${Sid} | ${lines(Action, code)} | ${lines(Resource, (resource) => code(readable(template, resource)))} | ${why[Sid]} |`,
  );
  return [
    `## ${userOf(template, logicalId) ?? logicalId}`,
    "",
    `Assumed by ${services.map(code).join(", ")}.`,
    "",
    "| statement | actions | on | why |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** What runs with a role, by name. */
function userOf(template: Template, role: string): string | undefined {
  const isRole = (value: unknown): boolean =>
    (value as { "Fn::GetAtt"?: [string, string] } | undefined)?.["Fn::GetAtt"]?.[0] === role;
  for (const { Type, Properties = {} } of Object.values(template.Resources)) {
    if (Type === "AWS::Lambda::Function" && isRole(Properties.Role)) return `Function ${Properties.FunctionName}`;
    if (Type === "AWS::ECS::TaskDefinition" && isRole(Properties.TaskRoleArn)) return "gRPC edge: the server";
    if (Type === "AWS::ECS::TaskDefinition" && isRole(Properties.ExecutionRoleArn))
      return "gRPC edge: starting the server";
    if (Type === "AWS::EC2::FlowLog" && isRole(Properties.DeliverLogsPermissionArn)) return "gRPC edge: flow logs";
  }
  return undefined;
}

function lines<T>(values: T | readonly T[], write: (value: T) => string): string {
  return (Array.isArray(values) ? values : [values as T]).map(write).join("<br>");
}

function code(text: string): string {
  return `\`${text}\``;
}
