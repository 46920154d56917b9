import { expect, test } from "vitest";
import { type AskedService, answerPoll, firstMentions } from "../../shared/agent/policy-answer.ts";
import type { PolicyTargets } from "../../shared/policies/policy.ts";
import type { PolicyLookup } from "../../shared/policies/policy-cache.ts";

const CHECK = { threshold: "80", period: 10, count: 3, uriList: [], uriRegex: "" };
const absent: PolicyLookup = { state: "absent" };
const invalid: PolicyLookup = { state: "invalid" };
const never = () => false;
const always = () => true;

function policyOf(
  serviceName: string,
  uuid: string,
  targets: PolicyTargets = { ON_CPU: { PROCESS_CPU: CHECK } },
): PolicyLookup {
  const policy = { serviceName, targets, uuid, revision: 1, updatedAt: "2026-02-03T04:05:06.000Z", updatedBy: "ada" };
  return { state: "valid", policy, staleUuid: false };
}

/** A policy whose JSON is close to the largest, in bytes; a character of its URIs takes two. */
const hugePolicyOf = (serviceName: string) =>
  policyOf(serviceName, `uuid of ${serviceName}`, {
    NETWORK: { HTTP_ERROR_RATE: { ...CHECK, uriList: ["ü".repeat(50_000)] } },
  });

/** The argument that the agent parses. */
const heard = ({ services }: { services: readonly string[] }) => JSON.parse(`[${services.join(",")}]`);
const namesHeard = (answer: { services: readonly string[] }): string[] =>
  heard(answer).map(({ ServiceName }: { ServiceName: string }) => ServiceName);

test("a changed policy is answered in exactly the shape that the agent reads", () => {
  const targets: PolicyTargets = {
    ON_CPU: { PROCESS_CPU: CHECK, SYSTEM_LOAD: { ...CHECK, threshold: "1.5" } },
    NETWORK: {
      HTTP_ERROR_RATE: { threshold: "0.5", period: 60, count: 5, uriList: ["/a", "/b"], uriRegex: "" },
      HTTP_AVG_RESPONSE_TIME: { threshold: "250", period: 60, count: 5, uriList: [], uriRegex: '^/"x"' },
    },
  };
  const answer = answerPoll([{ serviceName: "sqrt", uuid: "old" }], [policyOf("sqrt", "new", targets)], never);
  expect(answer.reasons).toEqual(["changed"]);
  expect(heard(answer)).toStrictEqual([
    {
      ServiceName: "sqrt",
      UUID: "new",
      Profiling: {
        ON_CPU: {
          PROCESS_CPU: { Threshold: "80", Period: 10, Count: 3, URIList: [], URIRegex: "" },
          SYSTEM_LOAD: { Threshold: "1.5", Period: 10, Count: 3, URIList: [], URIRegex: "" },
        },
        NETWORK: {
          HTTP_ERROR_RATE: { Threshold: "0.5", Period: 60, Count: 5, URIList: ["/a", "/b"], URIRegex: "" },
          HTTP_AVG_RESPONSE_TIME: { Threshold: "250", Period: 60, Count: 5, URIList: [], URIRegex: '^/"x"' },
        },
      },
    },
  ]);
});

test("the example of the contract comes out letter by letter", () => {
  const { services } = answerPoll([{ serviceName: "sqrt", uuid: "" }], [policyOf("sqrt", "u-1")], never);
  expect(services).toEqual([
    '{"ServiceName":"sqrt","UUID":"u-1","Profiling":{"ON_CPU":{"PROCESS_CPU":{"Threshold":"80","Period":10,"Count":3,"URIList":[],"URIRegex":""}}}}',
  ]);
});

test("whoever holds the policy's UUID hears nothing", () => {
  const answer = answerPoll([{ serviceName: "sqrt", uuid: "u-1" }], [policyOf("sqrt", "u-1")], never);
  expect(answer).toEqual({ services: [], reasons: [] });
});

test("an unchanged policy whose turn it is comes again, with the same UUID", () => {
  const asked = [
    { serviceName: "sqrt", uuid: "u-1" },
    { serviceName: "cart", uuid: "u-2" },
  ];
  const lookups = [policyOf("sqrt", "u-1"), policyOf("cart", "u-2")];
  const answer = answerPoll(asked, lookups, (serviceName) => serviceName === "cart");
  expect(heard(answer)).toMatchObject([{ ServiceName: "cart", UUID: "u-2", Profiling: { ON_CPU: {} } }]);
  expect(answer.reasons).toEqual(["resent"]);
});

test("a policy that is gone is taken from who holds it, whether it is a time to resend or not", () => {
  for (const isResendDue of [never, always]) {
    const answer = answerPoll([{ serviceName: "sqrt", uuid: "u-1" }], [absent], isResendDue);
    expect(answer).toEqual({ services: ['{"ServiceName":"sqrt","UUID":"","Profiling":{}}'], reasons: ["gone"] });
  }
});

test("whoever holds no policy hears nothing of a service that has none", () => {
  expect(answerPoll([{ serviceName: "sqrt", uuid: "" }], [absent], always)).toEqual({ services: [], reasons: [] });
});

test("an invalid policy is passed over: the agent keeps what it holds", () => {
  const asked = [
    { serviceName: "sqrt", uuid: "u-1" },
    { serviceName: "cart", uuid: "" },
  ];
  expect(namesHeard(answerPoll(asked, [invalid, policyOf("cart", "u-2")], always))).toEqual(["cart"]);
});

test("of a service named twice the first mention counts", () => {
  const asked: AskedService[] = [
    { serviceName: "sqrt", uuid: "u-1" },
    { serviceName: "cart", uuid: "" },
    { serviceName: "sqrt", uuid: "" },
    { serviceName: "sqrt", uuid: "u-3" },
  ];
  expect(firstMentions(asked)).toEqual([
    { serviceName: "sqrt", uuid: "u-1" },
    { serviceName: "cart", uuid: "" },
  ]);
  expect(firstMentions([])).toEqual([]);
});

test("names that need escaping come out as they went in", () => {
  const name = 'a"b\\c::ü|日本\n';
  expect(namesHeard(answerPoll([{ serviceName: name, uuid: "" }], [policyOf(name, "u-1")], never))).toEqual([name]);
  expect(namesHeard(answerPoll([{ serviceName: name, uuid: "u-1" }], [absent], never))).toEqual([name]);
});

test("an answer stays below the 4 MiB that Go's gRPC takes, and what changed goes before what is only sent again", () => {
  const asked = Array.from({ length: 60 }, (_, index) => {
    const serviceName = `service-${index}`;
    return { serviceName, uuid: index % 2 === 0 ? `uuid of ${serviceName}` : "old" };
  });
  const lookups = asked.map(({ serviceName }) => hugePolicyOf(serviceName));
  const answer = answerPoll(asked, lookups, always);
  expect(Buffer.byteLength(answer.services.join(","))).toBeLessThan(4 * 1_024 * 1_024 - 64 * 1_024);
  expect(answer.reasons.slice(0, 30)).toEqual(Array(30).fill("changed"));
  expect(answer.reasons[30]).toBe("resent");
  expect(namesHeard(answer).slice(0, 3)).toEqual(["service-1", "service-3", "service-5"]);
});

test("what does not fit into one answer comes with the next polls", () => {
  const held = new Map(Array.from({ length: 100 }, (_, index) => [`service-${index}`, ""]));
  for (let poll = 0; poll < 10; poll++) {
    const asked = [...held].map(([serviceName, uuid]) => ({ serviceName, uuid }));
    const lookups = asked.map(({ serviceName }) => hugePolicyOf(serviceName));
    for (const { ServiceName, UUID } of heard(answerPoll(asked, lookups, never))) held.set(ServiceName, UUID);
  }
  expect([...held].filter(([serviceName, uuid]) => uuid !== `uuid of ${serviceName}`)).toEqual([]);
});
