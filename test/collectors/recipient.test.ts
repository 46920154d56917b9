import { describe, expect, test } from "vitest";
import { recipientOf, wants } from "../../shared/collectors/recipient.ts";

const ALL = ["ON_CPU", "OFF_CPU", "NETWORK"] as const;
const WEBHOOK = { name: "pager", kind: "webhook", url: "https://pager.example.com/", secret: "" };

const wantsTask = (services: string[], serviceName: string) =>
  wants({ name: "pager", enabled: true, services, events: ["tasks"], targets: ALL }, "tasks", { serviceName });

describe("globs over service names:", () => {
  test.each<[string[], string, boolean]>([
    [["*"], "sqrt", true],
    [["*"], "agent::checkout|eu|", true],
    [["*"], "two\nlines", true],
    [["sqrt"], "sqrt", true],
    [["sqrt"], "sqrt2", false],
    [["sqrt"], "SQRT", false],
    [["checkout-*"], "checkout-eu", true],
    [["checkout-*"], "my-checkout-eu", false],
    [["agent::*"], "agent::checkout", true],
    [["*::checkout"], "agent::checkout", true],
    [["agent::checkout|eu|"], "agent::checkout|eu|", true],
    [["a|b"], "a", false],
    [["*|eu|*"], "agent::checkout|eu|blue", true],
    [["a.c"], "abc", false],
    [["a(b)[c]+?"], "a(b)[c]+?", true],
    [["a", "b"], "b", true],
    [["*", "!test-*"], "test-1", false],
    [["!test-*", "*"], "test-1", false],
    [["*", "!test-*"], "sqrt", true],
    [["!test-*"], "sqrt", true],
    [["!test-*"], "test-1", false],
    [["checkout-*", "!checkout-test"], "sqrt", false],
  ])("%j and %j: %s", (services, serviceName, wanted) => {
    expect(wantsTask(services, serviceName)).toBe(wanted);
  });
});

test("only the events that a recipient asks for are wanted, of the services that it names", () => {
  const profiles = { name: "flames", enabled: true, services: ["a*"], events: ["profiles"], targets: ALL } as const;
  const ab = { serviceName: "ab" };
  expect(wants(profiles, "profiles", ab)).toBe(true);
  expect(wants(profiles, "profiles", { serviceName: "b" })).toBe(false);
  expect(wants(profiles, "tasks", ab)).toBe(false);
  const both = { ...profiles, events: ["tasks", "profiles"] } as const;
  expect([wants(both, "tasks", ab), wants(both, "profiles", ab)]).toEqual([true, true]);
});

test("only events of the targets that a recipient asks for are wanted; one without a known target always is", () => {
  const events = ["tasks", "profiles"] as const;
  const network = { name: "net", enabled: true, services: ["*"], events, targets: ["NETWORK", "OFF_CPU"] } as const;
  for (const event of events) {
    const wanted = [...ALL, undefined].filter((target) => wants(network, event, { serviceName: "sqrt", target }));
    expect(wanted).toEqual(["OFF_CPU", "NETWORK", undefined]);
  }
});

test("a recipient that is not enabled wants nothing", () => {
  const off = { name: "off", enabled: false, services: ["*"], events: ["tasks", "profiles"], targets: ALL } as const;
  const sqrt = { serviceName: "sqrt", target: "ON_CPU" } as const;
  expect([wants(off, "tasks", sqrt), wants(off, "profiles", sqrt)]).toEqual([false, false]);
});

describe("the recipient that an item means", () => {
  test("has the item's name, switch, globs and events, whatever else is wrong with it", () => {
    const item = {
      name: "The Pager",
      url: 7,
      secret: "",
      enabled: false,
      services: ["a*", "!ab"],
      events: ["profiles"],
      targets: ["NETWORK", "ON_CPU"],
    };
    expect(recipientOf("The Pager", item)).toEqual({
      name: "The Pager",
      enabled: false,
      services: ["a*", "!ab"],
      events: ["profiles"],
      targets: ["ON_CPU", "NETWORK"],
    });
    const ofSets = { enabled: true, services: new Set(["a*"]), events: new Set(["profiles", "tasks"]) };
    const targets = new Set(["OFF_CPU"]);
    expect(recipientOf("pager", { ...ofSets, targets })).toMatchObject({
      services: ["a*"],
      events: ["tasks", "profiles"],
      targets: ["OFF_CPU"],
    });
  });

  test.each([undefined, null, "a*", 7, {}, [], ["a*", 7], ["a*", ""], ["!"], new Set(), Array(101).fill("a*")])(
    "gets every service's events where services is %j, so that none is lost until it is mended",
    (services) => {
      const recipient = recipientOf("pager", { ...WEBHOOK, services });
      expect(recipient).toEqual({ name: "pager", enabled: true, services: ["*"], events: ["tasks"], targets: ALL });
      expect(wants(recipient, "tasks", { serviceName: "sqrt" })).toBe(true);
    },
  );

  test.each(["no", 0, null, undefined, "false"])(
    "is enabled where enabled is %j: only false switches off",
    (enabled) => {
      expect(recipientOf("pager", { ...WEBHOOK, enabled }).enabled).toBe(true);
    },
  );

  test.each([undefined, null, "ON_CPU", 7, {}, [], ["on_cpu"], ["ON_CPU", "DISK"], new Set()])(
    "gets the events of all targets where targets is %j, so that none is lost until it is mended",
    (targets) => {
      expect(recipientOf("pager", { ...WEBHOOK, targets }).targets).toEqual(ALL);
    },
  );

  test("gets what its kind gets by default where events is absent", () => {
    expect(recipientOf("pager", { kind: "webhook" }).events).toEqual(["tasks"]);
    expect(recipientOf("pager", {}).events).toEqual(["tasks"]);
    expect(recipientOf("flames", { kind: "pyroscope" }).events).toEqual(["profiles"]);
  });

  test.each([null, "tasks", 7, {}, [], ["task"], ["tasks", "profile"], new Set()])(
    "gets all that its kind can take where events is %j, so that none is lost until it is mended",
    (events) => {
      expect(recipientOf("pager", { kind: "webhook", events }).events).toEqual(["tasks", "profiles"]);
      expect(recipientOf("flames", { kind: "pyroscope", events }).events).toEqual(["profiles"]);
    },
  );

  test.each([[["tasks"]], [["tasks", "profiles"]]])(
    "gets no more than its kind can take: Pyroscope with %j",
    (events) => {
      expect(recipientOf("flames", { kind: "pyroscope", events }).events).toEqual(["profiles"]);
    },
  );

  test.each(["webhok", "", null, 7, "constructor"])(
    "gets what it asks for where kind is %j, and everything if it does not say",
    (kind) => {
      expect(recipientOf("pager", { kind, events: ["tasks"] }).events).toEqual(["tasks"]);
      expect(recipientOf("pager", { kind }).events).toEqual(["tasks", "profiles"]);
    },
  );
});
