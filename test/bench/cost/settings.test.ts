import { describe, expect, it } from "vitest";
import { readSettings, usage } from "../../../bench/cost/settings.ts";

it("is about a thousand agents, unless it is told otherwise", () => {
  expect(readSettings([])).toMatchObject({
    fleet: {
      agents: 1_000,
      pollSeconds: 10,
      services: 10,
      tasksPerDay: 10,
      collectors: 1,
      tokens: 1,
      profileKb: 20,
      calls: "polls",
    },
    hasEdge: false,
    hasFreeTier: false,
    form: "text",
  });
});

it("takes the fleet, the door and what the stack is like", () => {
  const fleet =
    "--agents 5 --poll 20 --services 3 --tasks 7 --collectors 2 --tokens 4 --profile-kb 0 --calls all".split(" ");
  const stack =
    "--edge --edge-tasks 1 --edge-zones 1 -c edgeMaxTasks=2 -c monitoring=false -c retrySchedule=5,30".split(" ");
  expect(readSettings([...fleet, ...stack, "--free-tier", "--json", "--run", "a.json"])).toEqual({
    fleet: {
      agents: 5,
      pollSeconds: 20,
      services: 3,
      tasksPerDay: 7,
      collectors: 2,
      tokens: 4,
      profileKb: 0,
      calls: "all",
    },
    hasEdge: true,
    stackOptions: { monitoring: "false", retrySchedule: "5,30" },
    edgeOptions: { edgeMaxTasks: "2", edgeMinTasks: "1", edgeZones: "1" },
    hasFreeTier: true,
    run: "a.json",
    form: "json",
  });
});

describe("names the option of every fault, all at once", () => {
  it.each([
    [["--agents", "many"], '--agents is "many"; it takes a whole number from 0 to 1000000'],
    [["--agents", "1.5"], '--agents is "1.5"'],
    [["--agents", "1000001"], '--agents is "1000001"; it takes a whole number from 0 to 1000000'],
    [["--poll", "0"], '--poll is "0"; it takes a whole number from 1 to 3600'],
    [["--tasks=-1"], '--tasks is "-1"'],
    [["--calls", "some"], '--calls is "some"; it takes polls or all'],
    [["-c", "monitoring"], '--context is "monitoring"; it takes an option of the stack as name=value'],
    [["-c", "edge=true"], "--context is about edge, which is said by --edge here"],
    [["--agent", "5"], "--agent"],
    [["--poll", "0", "--services", "x"], '--services is "x"'],
  ])("%j", (args, problem) => {
    expect(() => readSettings(args)).toThrow(problem);
  });
});

it("is explained with every option, and what it is without", () => {
  const text = usage();
  for (const option of [
    "--agents",
    "--poll",
    "--services",
    "--tasks",
    "--edge",
    "--edge-zones",
    "--free-tier",
    "--run",
  ]) {
    expect(text).toContain(option);
  }
  expect(text).toMatch(/--tasks N +Tasks that are reported a day \(10\)/);
});
