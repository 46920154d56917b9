import fc from "fast-check";
import { expect, test } from "vitest";
import { canonicalJson, policyUuid } from "../../shared/policies/policy-uuid.ts";
import { validateTargets } from "../../shared/policies/validate-policy.ts";

function uuidOf(input: unknown): string {
  const validated = validateTargets(input);
  if (!validated.ok) throw new Error("expected a valid policy");
  return policyUuid(validated.value);
}

test("the UUID is the SHA-256 of the policy's canonical JSON", () => {
  // printf '%s' '{"ON_CPU":{"PROCESS_CPU":{"count":3,"period":10,"threshold":"80","uriList":[],"uriRegex":""}}}' | sha256sum
  expect(
    policyUuid({ ON_CPU: { PROCESS_CPU: { threshold: "80", period: 10, count: 3, uriList: [], uriRegex: "" } } }),
  ).toBe("076735a38788b5dce6371eb3096e4cb6015b8dc003b006509b65d4ab56add197");
});

test("the canonical JSON has its keys in order at every level, lists as they are and no spaces", () => {
  const json = canonicalJson({
    ON_CPU: { PROCESS_CPU: { threshold: "80", period: 10, count: 3, uriList: [], uriRegex: "" } },
    NETWORK: {
      HTTP_ERROR_RATE: { uriRegex: "^/api/\\d+$", uriList: [], count: 1, period: 2, threshold: "0.5" },
      HTTP_AVG_RESPONSE_TIME: { count: 5, period: 60, threshold: "250.5", uriList: ["/b", "/ü"], uriRegex: "" },
    },
  });
  expect(json).toBe(
    '{"NETWORK":{"HTTP_AVG_RESPONSE_TIME":{"count":5,"period":60,"threshold":"250.5","uriList":["/b","/ü"],"uriRegex":""},' +
      '"HTTP_ERROR_RATE":{"count":1,"period":2,"threshold":"0.5","uriList":[],"uriRegex":"^/api/\\\\d+$"}},' +
      '"ON_CPU":{"PROCESS_CPU":{"count":3,"period":10,"threshold":"80","uriList":[],"uriRegex":""}}}',
  );
});

test("text outside ASCII is hashed as UTF-8", () => {
  // printf '%s' "$JSON" | sha256sum, with the JSON of the test above
  expect(
    uuidOf({
      ON_CPU: { PROCESS_CPU: { threshold: 80, period: 10, count: 3 } },
      NETWORK: {
        HTTP_ERROR_RATE: { threshold: 0.5, period: 2, count: 1, uriRegex: "^/api/\\d+$" },
        HTTP_AVG_RESPONSE_TIME: { threshold: 250.5, period: 60, count: 5, uriList: ["/ü", "/b"] },
      },
    }),
  ).toBe("1a2f66569295fe865011fa07456be89d271e509f32b3da875c280d8ae8753b0f");
});

const anyNumbers = fc
  .record({ threshold: fc.integer({ min: 1, max: 100 }), period: fc.integer({ min: 1, max: 3_600 }) })
  .chain(({ threshold, period }) =>
    fc.record({
      threshold: fc.constant(threshold),
      period: fc.constant(period),
      count: fc.integer({ min: 1, max: period }),
    }),
  );
const anySpelling = fc.constantFrom(
  (value: number) => value,
  (value: number) => String(value),
  (value: number) => ` ${value}.0 `,
  (value: number) => `00${value}`,
);
const shuffled = (entries: [string, unknown][]) =>
  fc.shuffledSubarray(entries, { minLength: entries.length }).map(Object.fromEntries);

test("neither the order of keys nor the spelling of numbers changes the UUID", () => {
  const oneCheckSpelledAnew = anyNumbers.chain((numbers) =>
    fc.tuple(anySpelling, anySpelling, anySpelling).chain(([first, second, third]) =>
      shuffled([
        ["threshold", first(numbers.threshold)],
        ["period", second(numbers.period)],
        ["count", third(numbers.count)],
      ]).map((respelled) => ({ numbers, respelled })),
    ),
  );
  fc.assert(
    fc.property(oneCheckSpelledAnew, ({ numbers, respelled }) => {
      const plain = { ON_CPU: { PROCESS_CPU: numbers, SYSTEM_LOAD: numbers }, OFF_CPU: { SYSTEM_LOAD: numbers } };
      const anew = { OFF_CPU: { SYSTEM_LOAD: respelled }, ON_CPU: { SYSTEM_LOAD: respelled, PROCESS_CPU: respelled } };
      expect(uuidOf(anew)).toBe(uuidOf(plain));
    }),
  );
});

test("the order of a URI list, a URI named twice and blank URI fields do not change the UUID", () => {
  const check = { threshold: 5, period: 10, count: 3 };
  expect(uuidOf({ NETWORK: { HTTP_ERROR_RATE: { ...check, uriList: ["/b", "/a", "/b"] } } })).toBe(
    uuidOf({ NETWORK: { HTTP_ERROR_RATE: { ...check, uriList: ["/a", "/b"], uriRegex: "" } } }),
  );
});

test("any change of content changes the UUID", () => {
  const check = { threshold: 5, period: 10, count: 3, uriList: ["/a"], uriRegex: "" };
  const uuids = [
    { NETWORK: { HTTP_ERROR_RATE: check } },
    { ON_CPU: { HTTP_ERROR_RATE: check } },
    { NETWORK: { HTTP_AVG_RESPONSE_TIME: check } },
    { NETWORK: { HTTP_ERROR_RATE: check }, ON_CPU: { HTTP_ERROR_RATE: check } },
    { NETWORK: { HTTP_ERROR_RATE: { ...check, threshold: 5.1 } } },
    { NETWORK: { HTTP_ERROR_RATE: { ...check, period: 11 } } },
    { NETWORK: { HTTP_ERROR_RATE: { ...check, count: 4 } } },
    { NETWORK: { HTTP_ERROR_RATE: { ...check, uriList: ["/A"] } } },
    { NETWORK: { HTTP_ERROR_RATE: { ...check, uriList: [], uriRegex: "/a" } } },
  ].map(uuidOf);
  expect(new Set(uuids).size).toBe(uuids.length);

  fc.assert(
    fc.property(anyNumbers, anyNumbers, (one, other) => {
      const same = one.threshold === other.threshold && one.period === other.period && one.count === other.count;
      expect(uuidOf({ ON_CPU: { PROCESS_CPU: one } }) === uuidOf({ ON_CPU: { PROCESS_CPU: other } })).toBe(same);
    }),
  );
});
