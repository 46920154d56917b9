import { expect, it } from "vitest";
import { readableTemplate } from "../support/readable-template.ts";
import { templateOf } from "../support/stack.ts";

type Parts = Record<string, { Type?: string }>;

const stack = templateOf().template.toJSON();
const withEdge = templateOf({ edge: true }).template.toJSON();

/** Dashboards are longer than all the rest, and have a page of their own. */
const isDashboard = ({ Type }: { Type?: string }): boolean => Type === "AWS::CloudWatch::Dashboard";

function only(parts: Parts, wanted: (id: string, part: { Type?: string }) => boolean): Parts {
  return Object.fromEntries(Object.entries(parts).filter(([id, part]) => wanted(id, part)));
}

it("the stack is as it was reviewed", async () => {
  const Resources = only(stack.Resources, (_id, part) => !isDashboard(part));
  await expect(readableTemplate({ Resources, Outputs: stack.Outputs })).toMatchFileSnapshot("snapshots/stack.yaml");
});

it("the edge is as it was reviewed: what it adds, and what it changes of the rest", async () => {
  const differs = (before: Parts) => (id: string, part: { Type?: string }) =>
    !isDashboard(part) && JSON.stringify(part) !== JSON.stringify(before[id]);
  const edge = {
    Parameters: only(withEdge.Parameters, differs(stack.Parameters)),
    Resources: only(withEdge.Resources, differs(stack.Resources)),
    Outputs: only(withEdge.Outputs, differs(stack.Outputs)),
  };
  await expect(readableTemplate(edge)).toMatchFileSnapshot("snapshots/edge.yaml");
});

it("the dashboard is as it was reviewed, with the edge's row", async () => {
  const dashboards = only(withEdge.Resources, (_id, part) => isDashboard(part));
  await expect(readableTemplate(dashboards)).toMatchFileSnapshot("snapshots/dashboard.yaml");
});
