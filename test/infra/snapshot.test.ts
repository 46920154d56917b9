import { expect, it } from "vitest";
import { readableTemplate } from "../support/readable-template.ts";
import { templateOf } from "../support/stack.ts";

const stack = templateOf().template.toJSON();

it("the stack is as it was reviewed", async () => {
  const { Resources, Outputs } = stack;
  await expect(readableTemplate({ Resources, Outputs })).toMatchFileSnapshot("snapshots/stack.yaml");
});

it("the edge is as it was reviewed: what it adds, and what it changes of the rest", async () => {
  const { Parameters, Resources, Outputs } = templateOf({ edge: true }).template.toJSON();
  const added = (all: Record<string, unknown>, before: Record<string, unknown>) =>
    Object.fromEntries(Object.entries(all).filter(([id, part]) => JSON.stringify(part) !== JSON.stringify(before[id])));
  const edge = {
    Parameters: added(Parameters, stack.Parameters),
    Resources: added(Resources, stack.Resources),
    Outputs: added(Outputs, stack.Outputs),
  };
  await expect(readableTemplate(edge)).toMatchFileSnapshot("snapshots/edge.yaml");
});
