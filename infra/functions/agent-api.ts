import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import type { StackOptions } from "../options/read-options.ts";
import type { Permission } from "../permissions.ts";
import type { Storage } from "../storage/storage.ts";
import { createFunction } from "./create-function.ts";

/** The function behind the agents' door. */
export function createAgentApi(scope: Construct, options: StackOptions, storage: Storage): LambdaFunction {
  return createFunction(scope, "AgentApi", options, {
    name: "agent-api",
    description: "Answers agents: policies, reports, processes, profiles",
    settings: storage.settings,
    // With half, a poll's time would cost less, but more instances would run and read policies each, and starts and profiles
    // would take twice as long; with twice, a poll would not end sooner than Lambda bills: `npm run cost`.
    memory: 512,
    timeoutSeconds: 15, // each wait on the way is bounded to seconds; a profile of 6 MB takes one or two
    reservedConcurrency: options.reservedConcurrency,
    permissions: servingAgents(storage),
  });
}

/** What it takes to answer agents, wherever that is done: in the function, and at the edge. */
export function servingAgents({ tableArns, queues, profiles }: Storage): Permission[] {
  return [
    {
      sid: "ReadPolicies",
      why: "Polls are answered from policies; many are read with one request, and all of them where that costs less.",
      actions: ["dynamodb:BatchGetItem", "dynamodb:Scan"],
      resources: [tableArns.policies],
    },
    {
      sid: "RepairPolicies",
      why: "The UUID of a policy that was edited by hand is written anew.",
      actions: ["dynamodb:UpdateItem"],
      resources: [tableArns.policies],
    },
    {
      sid: "KeepEdits",
      why: "A policy that was edited by hand is kept in the history too, so that it can be had back; its number comes after the newest there.",
      actions: ["dynamodb:Query", "dynamodb:PutItem"],
      resources: [tableArns.policyHistory],
    },
    {
      sid: "CheckTokens",
      why: "An agent's token is looked up by its hash. While made-up ones come in numbers, all that there are get listed.",
      actions: ["dynamodb:GetItem", "dynamodb:Scan"],
      resources: [tableArns.tokens],
    },
    {
      sid: "KeepBudgets",
      why: "A report takes its place among the active tasks of its policy's budget; a full one is looked at.",
      actions: ["dynamodb:UpdateItem", "dynamodb:GetItem"],
      resources: [tableArns.budgets],
    },
    {
      sid: "NameTasks",
      why: "A profile is named after the task that it belongs to, which a duplicate report may have another id for.",
      actions: ["dynamodb:GetItem"],
      resources: [tableArns.tasks, tableArns.reports],
    },
    {
      sid: "KeepAgents",
      why: "What an agent watches is noted and looked up, in several items if it is much.",
      actions: ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem"],
      resources: [tableArns.agents],
    },
    {
      sid: "QueueTasks",
      why: "A report or a profile is accepted once it stands in the queue of tasks.",
      actions: ["sqs:GetQueueUrl", "sqs:SendMessage"],
      resources: [queues.tasks.queue.queueArn],
    },
    {
      sid: "KeepProfiles",
      why: "Profiles are stored, and deleted again if the rest of their stream is refused.",
      actions: ["s3:PutObject", "s3:DeleteObject"],
      resources: [profiles.arnForObjects("*")],
      wildcard: "Each profile is an object of its own; only this bucket is open.",
    },
  ];
}
