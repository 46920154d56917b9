import { type CfnResource, type Stack, Validations } from "aws-cdk-lib";
import { CfnRole, ManagedPolicy, Policy, PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import { CfnEventSourceMapping, CfnFunction, CfnPermission } from "aws-cdk-lib/aws-lambda";
import { CfnLogGroup } from "aws-cdk-lib/aws-logs";
import { CfnQueue, Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks } from "cdk-nag";
import { describe, expect, it } from "vitest";
import { FlashpointChecks } from "../../infra/checks/flashpoint-checks.ts";
import { stackOf } from "../support/stack.ts";

/** What the checks find in the stack after something was done to it, as rule and resource. */
function found(break_: (stack: Stack) => void, options: Record<string, unknown> = {}): string[] {
  const { stack } = stackOf(options);
  break_(stack);
  const { violations } = new FlashpointChecks().validateScope(stack);
  return violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
  );
}

/** The only resource of a class under a path. */
function resource<T extends CfnResource>(stack: Stack, kind: new (...args: never[]) => T, path: string): T {
  const [first, ...more] = stack.node
    .findAll()
    .filter((construct): construct is T => construct instanceof kind && construct.node.path.includes(path));
  if (first === undefined || more.length > 0) throw new Error(`${more.length + 1} at ${path}`);
  return first;
}

const DOMAIN = {
  domainName: "agents.example.com",
  certificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/0a1b",
};

it.each([
  ["nothing beside", {}],
  ["a domain", DOMAIN],
  ["the edge", { edge: true }],
  ["everything, for development", { ...DOMAIN, edge: true, stage: "development", alarmEmail: "sre@example.com" }],
])("the stack with %s has no finding that is not accepted", (_what, options) => {
  const { app, stack } = stackOf(options);
  expect(new AwsSolutionsChecks().validateScope(stack).violations).toEqual([]);
  expect(new FlashpointChecks().validateScope(stack).violations).toEqual([]);
  expect(() => app.synth()).not.toThrow();
});

describe("the accepted findings", () => {
  const { stack } = stackOf({ ...DOMAIN, edge: true });
  const accepted = stack.node
    .findAll()
    .flatMap((construct) => {
      const entries = construct.node.metadata.filter(
        ({ type }) => type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY,
      );
      const findings = entries.flatMap(({ data }) => Object.entries(data as Record<string, string>));
      return findings.map(([id, reason]) => ({ construct, id: id.replace(/^Annotation::/, ""), reason }));
    })
    .filter(({ id }) => !id.startsWith("CloudFormation-Validate::")); // the CDK's own word to itself

  it("each say why", () => {
    expect(accepted.length).toBeGreaterThan(5);
    for (const { id, reason } of accepted) expect(`${id}: ${reason}`).toMatch(/: .{40,}\.$/s);
  });

  it("are each found by cdk-nag where they are accepted, so that none hides what comes later", () => {
    for (const { node } of stack.node.findAll()) {
      for (const entry of node.metadata) {
        if (entry.type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY) Object.assign(entry, { type: "forgotten" });
      }
    }
    const { violations } = new AwsSolutionsChecks().validateScope(stack);
    for (const { construct, id } of accepted) {
      const paths = violations
        .filter(({ ruleName }) => ruleName === id)
        .flatMap(({ violatingResources }) => violatingResources.map(({ constructPath }) => constructPath));
      expect(paths, id).toContainEqual(expect.stringMatching(new RegExp(`^${construct.node.path}(/|$)`)));
    }
  });
});

it("a finding that nobody accepted ends the synthesis", () => {
  const { app, stack } = stackOf();
  new Queue(stack, "Open");
  expect(() => app.synth()).toThrow(/AwsSolutions-SQS4/);
});

describe("our own rules find", () => {
  const url = "flashpoint/AgentApi/Function/FunctionUrl/Resource";

  it("nothing in the stack as it is", () => {
    expect(found(() => {})).toEqual([]);
  });

  it.each(["lambda:InvokeFunctionUrl", "lambda:InvokeFunction"])("a URL without the permission %s", (action) => {
    const broken = found((stack) => {
      const permissions = stack.node.findAll().filter((construct) => construct instanceof CfnPermission);
      const permission = permissions.find((permission) => permission.action === action);
      permission?.node.scope?.node.tryRemoveChild(permission.node.id);
    });
    expect(broken).toEqual([`Flashpoint-UrlPermissions ${url}`]);
  });

  it("a permission that opens the function beside its URL", () => {
    const broken = found((stack) => {
      const { ref } = resource(stack, CfnFunction, "AgentApi");
      new CfnPermission(stack, "Open", { action: "lambda:InvokeFunction", functionName: ref, principal: "*" });
    });
    expect(broken).toEqual([`Flashpoint-UrlPermissions ${url}`]);
  });

  it("a permission through the URL that is not bound to it", () => {
    const broken = found((stack) => {
      for (const permission of stack.node.findAll()) {
        if (permission instanceof CfnPermission && permission.action === "lambda:InvokeFunction") {
          permission.invokedViaFunctionUrl = false;
        }
      }
    });
    expect(broken).toEqual([`Flashpoint-UrlPermissions ${url}`]);
  });

  it("a visibility timeout a second shorter than six times the function's and the batch window", () => {
    const source = "flashpoint/TaskForwarder/Function/Queue/Resource";
    const visible = (seconds: number) =>
      found((stack) => {
        resource(stack, CfnQueue, "Queues/deliveries/").visibilityTimeout = seconds;
      });
    expect(visible(6 * 20 + 1)).toEqual([]);
    expect(visible(6 * 20)).toEqual([`Flashpoint-VisibilityTimeout ${source}`]);
  });

  it("batches that come again whole, and a backlog that takes all there is", () => {
    const source = "flashpoint/TaskDispatcher/Function/Queue/Resource";
    const broken = (change: (mapping: CfnEventSourceMapping) => void) =>
      found((stack) => change(resource(stack, CfnEventSourceMapping, "TaskDispatcher")));
    const expected = [`Flashpoint-PartialBatches ${source}`];
    expect(
      broken((mapping) => {
        mapping.functionResponseTypes = [];
      }),
    ).toEqual(expected);
    expect(
      broken((mapping) => {
        mapping.scalingConfig = undefined;
      }),
    ).toEqual(expected);
  });

  it.each<[string, (created: CfnFunction, stack: Stack) => void]>([
    [
      "another runtime",
      (created) => {
        created.runtime = "nodejs22.x";
      },
    ],
    [
      "another architecture",
      (created) => {
        created.architectures = ["x86_64"];
      },
    ],
    [
      "log lines that are not JSON",
      (created) => {
        created.loggingConfig = { logFormat: "Text" };
      },
    ],
    [
      "a log that is kept for ever",
      (_created, stack) => {
        resource(stack, CfnLogGroup, "AgentApi/Logs").retentionInDays = undefined;
      },
    ],
  ])("a function with %s", (_what, change) => {
    const broken = found((stack) => change(resource(stack, CfnFunction, "AgentApi"), stack));
    expect(broken).toEqual(["Flashpoint-FunctionHost flashpoint/AgentApi/Function/Resource"]);
  });

  it("a grant that says nowhere what it is for", () => {
    const beside = found((stack) => {
      const { attrArn } = resource(stack, CfnQueue, "Queues/tasks/");
      const policy = new Policy(stack, "Beside", {
        statements: [new PolicyStatement({ actions: ["sqs:SendMessage"], resources: [attrArn] })],
      });
      policy.attachToRole(stack.node.findChild("AgentApi").node.findChild("Role") as Role);
    });
    expect(beside).toEqual(["Flashpoint-ExplainedStatements flashpoint/Beside/Resource"]);
    const silent = found((stack) => resource(stack, CfnRole, "AgentApi/Role").addMetadata("flashpoint:why", {}));
    expect(silent).toEqual(["Flashpoint-ExplainedStatements flashpoint/AgentApi/Role/Resource"]);
  });

  it("a managed policy, and a role that two functions share", () => {
    const managed = found((stack) => {
      const role = stack.node.findChild("AgentApi").node.findChild("Role") as Role;
      role.addManagedPolicy(ManagedPolicy.fromAwsManagedPolicyName("ReadOnlyAccess"));
    });
    expect(managed).toEqual(["Flashpoint-ExplainedStatements flashpoint/AgentApi/Role/Resource"]);
    const shared = found((stack) => {
      resource(stack, CfnFunction, "TaskForwarder").role = resource(stack, CfnFunction, "AgentApi").role;
    });
    expect(shared).toEqual(["Flashpoint-ExplainedStatements flashpoint/AgentApi/Role/Resource"]);
  });
});
