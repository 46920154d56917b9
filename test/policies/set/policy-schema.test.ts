import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { parse } from "yaml";
import { policySchema, schemaHeader } from "../../../shared/policies/set/policy-schema.ts";
import { parsePolicySet } from "../../../shared/policies/set/policy-set.ts";
import { anythingLike } from "../../support/any-value.ts";

const ROOT = new URL("../../..", import.meta.url).pathname;
const EXAMPLES = "docs/examples/policies";
const isValid = new Ajv({ allowUnionTypes: true, strictTypes: false }).compile(policySchema());

const CPU = { type: "PROCESS_CPU", threshold: 80, period: 10, count: 3 };
const HTTP = { type: "HTTP_ERROR_RATE", threshold: "0.5", period: "60", count: 5, uriList: ["/a"], uriRegex: "" };
const policyOf = (...checkers: object[]) => [{ type: "ON_CPU", checkers }];

/** What the reader of policy files refuses, and a schema cannot say. */
const BEYOND_A_SCHEMA = {
  "a count over the period": /over the period of/,
  "a target or checker twice": /stands here twice/,
  "a template that is not there": /there is no template/,
  "a circle of templates": /closes a circle of templates/,
  "a policy that is too large": /is too large/,
  "a field that neither a checker nor its template has": /^is missing; it takes/,
  "a name that is short in letters and long in bytes": /a name takes 1 to 2048 bytes/,
} as const;

function faultsOf(value: unknown): readonly { problem: string }[] {
  const parsed = parsePolicySet([{ name: "checkout.json", text: JSON.stringify(value) }]);
  return parsed.ok ? [] : parsed.faults;
}

describe("docs/policy-file.schema.json", () => {
  it("is what the rules of policies say; `npm run docs:schema` makes it anew", () => {
    expect(JSON.parse(readFileSync(join(ROOT, "docs/policy-file.schema.json"), "utf8"))).toEqual(policySchema());
  });

  it("says of every field what it is, for whoever hovers over it", () => {
    const undescribed: string[] = [];
    const look = (schema: unknown, path: string): void => {
      if (typeof schema !== "object" || schema === null) return;
      for (const [key, value] of Object.entries(schema)) {
        const fields = key === "properties" && !/\/(if|then|else|items)\b/.test(path) ? Object.entries(value) : [];
        for (const [field, of] of fields) {
          if (typeof of === "object" && (of as { description?: string }).description === undefined)
            undescribed.push(`${path}/${field}`);
        }
        look(value, `${path}/${key}`);
      }
    };
    look(policySchema(), "");
    expect(undescribed).toEqual([]);
  });

  it("is named by the first line of every example, and takes all of them", () => {
    const files = readdirSync(join(ROOT, EXAMPLES), { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith("yaml"),
    );
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      const text = readFileSync(join(ROOT, EXAMPLES, file), "utf8");
      const up = "../".repeat(file.split("/").length + 1);
      expect(text.split("\n")[0]).toBe(schemaHeader(`${up}policy-file.schema.json`));
      expect(isValid(parse(text)), JSON.stringify(isValid.errors)).toBe(true);
    }
  });
});

test.each([
  ["swctl's form", { policy: policyOf(CPU, HTTP), budget: { maxActive: 5 } }],
  ["where the schema is", { $schema: "../policy-file.schema.json", policy: policyOf(CPU) }],
  ["the same beside many", { $schema: "https://example.com/x.json", services: { a: { policy: policyOf(CPU) } } }],
  ["a service with its name", { service: "checkout", policy: policyOf(CPU) }],
  ["an extension that says nothing else", { extends: "jvm" }],
  ["many", { services: { a: { policy: policyOf(CPU) }, b: { extends: ["x", "y"], budget: null } }, templates: {} }],
  [
    "a checker that says what is different",
    { extends: "x", policy: policyOf({ type: "PROCESS_CPU", threshold: "90" }) },
  ],
])("the schema takes %s", (_what, value) => {
  expect(isValid(value), JSON.stringify(isValid.errors)).toBe(true);
  expect(faultsOf(value).filter(({ problem }) => !problem.startsWith("there is no template"))).toEqual([]);
});

test.each([
  ["nothing", {}],
  ["an unknown field", { policy: policyOf(CPU), colour: "red" }],
  ["policy beside services", { services: {}, policy: policyOf(CPU) }],
  ["a target that is none", { policy: [{ type: "GPU", checkers: [CPU] }] }],
  ["a checker without count", { policy: policyOf({ type: "PROCESS_CPU", threshold: 80, period: 10 }) }],
  [
    "the same in a service",
    { services: { a: { policy: policyOf({ type: "PROCESS_CPU", threshold: 80, period: 10 }) } } },
  ],
  ["a threshold over what its type takes", { policy: policyOf({ ...CPU, threshold: 101 }) }],
  ["the same as text", { policy: policyOf({ ...CPU, threshold: "101" }) }],
  ["part of a percent of a CPU", { policy: policyOf({ ...CPU, threshold: 80.5 }) }],
  ["a uriList of null", { policy: policyOf({ ...HTTP, uriList: null }) }],
  ["a uriRegex of null", { policy: policyOf({ ...HTTP, uriRegex: null }) }],
  ["a $schema that is no text", { $schema: 5, policy: policyOf(CPU) }],
  ["a $schema in a service", { services: { a: { $schema: "x.json", policy: policyOf(CPU) } } }],
  ["a blank path", { policy: policyOf({ ...HTTP, uriList: [" "] }) }],
  ["a budget of null that takes nothing away", { policy: policyOf(CPU), budget: null }],
  ["a budget over what there may be", { policy: policyOf(CPU), budget: { maxActive: 1_001 } }],
  ["a service without a name", { services: { "": { extends: "a" } } }],
])("the schema refuses %s, as the reader does", (_what, value) => {
  expect(isValid(value)).toBe(false);
  expect(faultsOf(value)).not.toEqual([]);
});

describe("whatever a file holds,", () => {
  const sound = fc.constantFrom<object>(
    { policy: policyOf(CPU, HTTP), budget: { maxActive: 5 } },
    { service: "a", extends: ["t"], policy: policyOf({ type: "SYSTEM_LOAD", threshold: 1.5 }), budget: null },
    {
      templates: { t: { policy: policyOf(CPU, HTTP), budget: { maxActive: "7" } }, u: { extends: "t" } },
      services: {
        a: { extends: "t", policy: policyOf({ type: "PROCESS_CPU", count: 2 }) },
        b: { policy: [...policyOf(CPU), { type: "NETWORK", checkers: [HTTP] }] },
      },
    },
  );
  const nearly = fc.constantFrom<unknown>(
    0,
    1,
    100,
    101,
    2_147_483_648,
    -1,
    "0",
    "0.0",
    "007",
    "100.0",
    "1e2",
    " 5 ",
    "",
    " ",
    null,
    [],
    {},
    true,
    "t",
  );
  /** The value with a nearly sound one in the place of some leaf. */
  const mutated = fc.tuple(sound, nearly, fc.nat()).map(([value, odd, at]) => {
    const leaves = JSON.stringify(value).match(/:("[^"]*"|[\d.]+|null)/g)?.length ?? 1;
    let index = 0;
    return JSON.parse(JSON.stringify(value), (_key, part) => {
      if (typeof part === "object" && part !== null) return part;
      return index++ === at % leaves ? odd : part;
    });
  });
  const value = fc
    .oneof(sound, mutated, sound.chain(anythingLike))
    .map((held) => JSON.parse(JSON.stringify(held) ?? "null") as unknown);

  it("what the reader takes the schema takes, and what the schema takes the reader takes, but for what no schema can say", () => {
    let taken = 0;
    let refused = 0;
    const beyond = Object.values(BEYOND_A_SCHEMA);
    fc.assert(
      fc.property(value, (held) => {
        const faults = faultsOf(held);
        if (!isValid(held)) {
          refused++;
          expect(faults).not.toEqual([]);
        } else {
          taken++;
          expect(faults.filter(({ problem }) => !beyond.some((known) => known.test(problem)))).toEqual([]);
        }
      }),
      { numRuns: 3_000 },
    );
    expect(taken).toBeGreaterThan(300);
    expect(refused).toBeGreaterThan(300);
  });

  it.each([
    ["a count over the period", { policy: policyOf({ ...CPU, count: 11 }) }],
    ["a target or checker twice", { policy: policyOf(CPU, CPU) }],
    ["a template that is not there", { extends: "t" }],
    ["a circle of templates", { templates: { a: { extends: "a" } } }],
    ["a policy that is too large", { policy: policyOf({ ...HTTP, uriList: ["/".repeat(110_000)] }) }],
    [
      "a field that neither a checker nor its template has",
      {
        templates: { t: { policy: policyOf(CPU) } },
        services: { a: { extends: "t", policy: policyOf({ type: "SYSTEM_LOAD" }) } },
      },
    ],
    ["a name that is short in letters and long in bytes", { service: "ü".repeat(2_000), policy: policyOf(CPU) }],
  ] as const)("no schema can say %s", (what, held) => {
    expect(isValid(held), JSON.stringify(isValid.errors)).toBe(true);
    expect(faultsOf(held).map(({ problem }) => problem)).toContainEqual(expect.stringMatching(BEYOND_A_SCHEMA[what]));
  });
});
