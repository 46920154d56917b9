import { describe, expect, test } from "vitest";
import { stringify } from "yaml";
import { parsePolicySet, policySetOf, type SourceFile } from "../../../shared/policies/set/policy-set.ts";

const CPU = { threshold: "80", period: 10, count: 3, uriList: [], uriRegex: "" };
const CPU_YAML = "{ type: PROCESS_CPU, threshold: 80, period: 10, count: 3 }";
const JVM = `templates:
  jvm:
    budget: { maxActive: 5 }
    policy:
      - type: ON_CPU
        checkers:
          - ${CPU_YAML}
          - { type: PROCESS_THREAD_COUNT, threshold: 500, period: 30, count: 30 }
      - type: NETWORK
        checkers:
          - { type: HTTP_ERROR_RATE, threshold: 5, period: 60, count: 20, uriRegex: ^/api/ }
`;

const file = (text: string, name = "set.yaml"): SourceFile => ({ name, text });

/** What the policies of these files are, by service. */
function policiesOf(...files: SourceFile[]) {
  const parsed = parsePolicySet(files);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return Object.fromEntries(parsed.policies.map(({ serviceName, place: _, ...content }) => [serviceName, content]));
}

/** Faults as `file:line:column path: problem`. */
function faultsOf(...files: SourceFile[]): string[] {
  const parsed = parsePolicySet(files);
  if (parsed.ok) return [];
  return parsed.faults.map(
    ({ place, path, problem }) => `${place.file}:${place.line}:${place.column} ${path}: ${problem}`,
  );
}

const placesOf = (...files: SourceFile[]) => faultsOf(...files).map((fault) => fault.split(": ")[0]);

describe("a file of many services", () => {
  test("holds a policy for each, with the place where its definition begins", () => {
    const text = `services:\n  checkout:\n    policy: [{ type: ON_CPU, checkers: [${CPU_YAML}] }]\n  cart:\n    budget: { maxActive: 2 }\n    policy: [{ type: OFF_CPU, checkers: [${CPU_YAML}] }]\n`;
    expect(parsePolicySet([file(text)])).toEqual({
      ok: true,
      warnings: [],
      policies: [
        {
          serviceName: "checkout",
          targets: { ON_CPU: { PROCESS_CPU: CPU } },
          place: { file: "set.yaml", line: 2, column: 3 },
        },
        {
          serviceName: "cart",
          targets: { OFF_CPU: { PROCESS_CPU: CPU } },
          budget: { maxActive: 2 },
          place: { file: "set.yaml", line: 4, column: 3 },
        },
      ],
    });
  });

  test.each([stringify, JSON.stringify])("is read back from what policySetOf writes (%#)", (format) => {
    const policies = ["checkout", "a b: c", "123", "__proto__", "x".repeat(2_048), "ü\n\u001b"].map((serviceName) => ({
      serviceName,
      targets: { ON_CPU: { PROCESS_CPU: CPU } },
      budget: { maxActive: 5 },
    }));
    const parsed = parsePolicySet([file(format(policySetOf(policies)))]);
    const read = parsed.ok ? parsed.policies.map(({ place: _, ...policy }) => policy) : parsed.faults;
    expect(read).toHaveLength(policies.length);
    expect(read).toEqual(expect.arrayContaining(policies));
  });
});

describe("a file in swctl's form", () => {
  const single = `policy: [{ type: ON_CPU, checkers: [${CPU_YAML}] }]\n`;

  test.each([
    ["checkout.yaml", "checkout"],
    ["policies/eu/checkout.yml", "checkout"],
    ["./checkout.v2.json", "checkout.v2"],
  ])("named %s is for %s", (name, service) => {
    expect(Object.keys(policiesOf(file(single, name)))).toEqual([service]);
  });

  test("is for the service that it names", () => {
    expect(Object.keys(policiesOf(file(`service: cart\n${single}`, "checkout.yaml")))).toEqual(["cart"]);
  });

  test("has to name it where there is no file name to go by, or several documents", () => {
    expect(faultsOf({ name: "standard input", text: single, service: null })).toEqual([
      "standard input:1:1 service: is missing; no file's name says which service this is for, so add service: NAME",
    ]);
    expect(placesOf(file(`${single}---\nservice: cart\n${single}`))).toEqual(["set.yaml:1:1 service"]);
  });

  test("may stand beside others in one file, as documents of it; those that say nothing are passed over", () => {
    const text = `---\n# nothing\n---\nservice: checkout\n${single}---\nservice: cart\nextends: jvm\n---\n${JVM}---\n`;
    expect(Object.keys(policiesOf(file(text)))).toEqual(["checkout", "cart"]);
  });

  test("takes text alone as the name of a service", () => {
    expect(faultsOf(file(`service: 5\n${single}`))).toEqual([
      "set.yaml:1:10 service: is 5; it takes the name of a service as text",
    ]);
  });
});

describe("a service that extends a template", () => {
  const extending = (more: string) => policiesOf(file(JVM), file(`extends: jvm\n${more}`, "checkout.yaml")).checkout;
  const jvm = extending("");

  test("has all that it says, whatever file it is in, before or after", () => {
    expect(jvm).toEqual({
      budget: { maxActive: 5 },
      targets: {
        ON_CPU: {
          PROCESS_CPU: CPU,
          PROCESS_THREAD_COUNT: { threshold: "500", period: 30, count: 30, uriList: [], uriRegex: "" },
        },
        NETWORK: { HTTP_ERROR_RATE: { threshold: "5", period: 60, count: 20, uriList: [], uriRegex: "^/api/" } },
      },
    });
    expect(policiesOf(file("extends: jvm", "checkout.yaml"), file(JVM)).checkout).toEqual(jvm);
  });

  test("says of a checker what is different alone, by target, type and field", () => {
    const { targets } = extending("policy: [{ type: ON_CPU, checkers: [{ type: PROCESS_CPU, threshold: 60 }] }]") ?? {};
    expect(targets).toEqual({
      ...jvm?.targets,
      ON_CPU: { ...jvm?.targets.ON_CPU, PROCESS_CPU: { ...CPU, threshold: "60" } },
    });
  });

  test("adds targets and checkers of its own", () => {
    const { targets } = extending(`policy: [{ type: OFF_CPU, checkers: [${CPU_YAML}] }]`) ?? {};
    expect(targets).toEqual({ ...jvm?.targets, OFF_CPU: { PROCESS_CPU: CPU } });
  });

  test.each([
    ["uriList", "[/a]", { uriList: ["/a"], uriRegex: "" }],
    ["uriList", "[]", { uriList: [], uriRegex: "" }],
    ["uriRegex", "^/b", { uriList: [], uriRegex: "^/b" }],
  ])("and names %s %s drops what it inherits of the other", (field, value, uris) => {
    const more = `policy: [{ type: NETWORK, checkers: [{ type: HTTP_ERROR_RATE, ${field}: ${value} }] }]`;
    expect(extending(more)?.targets.NETWORK?.HTTP_ERROR_RATE).toMatchObject(uris);
  });

  test("and names uriRegex drops an inherited uriList", () => {
    const list = JVM.replace("uriRegex: ^/api/", "uriList: [/a]");
    const more = "extends: jvm\npolicy: [{ type: NETWORK, checkers: [{ type: HTTP_ERROR_RATE, uriRegex: ^/b }] }]";
    const { checkout } = policiesOf(file(list), file(more, "checkout.yaml"));
    expect(checkout?.targets.NETWORK?.HTTP_ERROR_RATE).toMatchObject({ uriList: [], uriRegex: "^/b" });
  });

  test.each([
    ["uriList", "[]"],
    ["uriRegex", '""'],
  ])("takes an inherited uriList or uriRegex away by %s: %s, written out", (field, value) => {
    for (const inherited of ["uriRegex: ^/api/", "uriList: [/a]"]) {
      const more = `extends: jvm\npolicy: [{ type: NETWORK, checkers: [{ type: HTTP_ERROR_RATE, ${field}: ${value} }] }]`;
      const { checkout } = policiesOf(file(JVM.replace("uriRegex: ^/api/", inherited)), file(more, "checkout.yaml"));
      expect(checkout?.targets.NETWORK?.HTTP_ERROR_RATE).toMatchObject({ uriList: [], uriRegex: "" });
    }
  });

  test.each(["", " null", " ~"])("may not leave URIs blank (%j): all requests would be measured", (value) => {
    const blank = (field: string) =>
      faultsOf(
        file(JVM),
        file(
          `extends: jvm\npolicy:\n- type: NETWORK\n  checkers:\n  - type: HTTP_ERROR_RATE\n    ${field}:${value}\n`,
          "c.yaml",
        ),
      );
    expect(blank("uriList")).toEqual([
      expect.stringMatching(
        /^c\.yaml:6:1[34] policy\[0\]\.checkers\[0\]\.uriList: is blank; it takes a list of paths, or \[\] to measure all requests$/,
      ),
    ]);
    expect(blank("uriRegex")).toEqual([
      expect.stringMatching(
        /uriRegex: is blank; it takes a regular expression as text, or "" to measure all requests$/,
      ),
    ]);
  });

  test("replaces its budget, or takes it away by null", () => {
    expect(extending("budget: { maxActive: 9 }")?.budget).toEqual({ maxActive: 9 });
    expect(extending("budget: null")).not.toHaveProperty("budget");
    expect(extending("budget: ~")).not.toHaveProperty("budget");
  });

  test("may not leave the budget blank: null has to be meant", () => {
    const faults = faultsOf(file(JVM), file("budget:\nextends: jvm\n", "checkout.yaml"));
    expect(faults).toEqual([
      expect.stringContaining("checkout.yaml:1:8 budget: is blank; it takes a map with maxActive"),
    ]);
    expect(faults[0]).toContain("or null to have none though a template has one");
  });

  test("has no budget where the last template that speaks of one takes it away", () => {
    const more = `templates:
  none: { extends: jvm, budget: null }
  silent: { extends: none }
services:
  a: { extends: [jvm, none] }
  b: { extends: [none, jvm] }
  c: { extends: [jvm, silent] }
  d: { extends: [jvm, none], budget: { maxActive: 2 } }
`;
    const { a, b, c, d } = policiesOf(file(more), file(JVM, "jvm.yaml"));
    expect([a, b, c, d].map((policy) => policy?.budget)).toEqual([
      undefined,
      { maxActive: 5 },
      undefined,
      { maxActive: 2 },
    ]);
  });

  test("takes several in their order, the last one first, each over what that one extends", () => {
    const more = `templates:
  slow: { extends: jvm, policy: [{ type: ON_CPU, checkers: [{ type: PROCESS_CPU, period: 60 }] }] }
  hot: { budget: { maxActive: 1 }, policy: [{ type: ON_CPU, checkers: [{ type: PROCESS_CPU, threshold: 95, period: 20, count: 20 }] }] }
services:
  a: { extends: [slow, hot] }
  b: { extends: [hot, slow] }
`;
    const { a, b } = policiesOf(file(more), file(JVM, "jvm.yaml"));
    expect(a?.targets.ON_CPU?.PROCESS_CPU).toMatchObject({ threshold: "95", period: 20, count: 20 });
    expect(a?.budget).toEqual({ maxActive: 1 });
    expect(b?.targets.ON_CPU?.PROCESS_CPU).toMatchObject({ threshold: "80", period: 60, count: 3 });
    expect(b?.budget).toEqual({ maxActive: 5 });
  });
});

describe("faults of what is extended:", () => {
  test("a template that is not there, with the nearest that is", () => {
    expect(faultsOf(file(JVM), file("extends: jmv", "checkout.yaml"))).toEqual([
      "checkout.yaml:1:10 extends: there is no template jmv; there are jvm",
    ]);
    const java = JVM.replace("jvm:", "java-service:");
    expect(faultsOf(file(java), file("extends: jav-service", "checkout.yaml"))).toEqual([
      "checkout.yaml:1:10 extends: there is no template jav-service; did you mean java-service?",
    ]);
    expect(faultsOf(file("extends: golang", "checkout.yaml"))).toEqual([
      "checkout.yaml:1:10 extends: there is no template golang",
    ]);
  });

  test("thousands of names that are not there, beside thousands that are, in a moment", () => {
    const templates = Array.from(
      { length: 5_000 },
      (_, index) => `  template-${index}: { extends: x-template-${index} }\n`,
    );
    expect(faultsOf(file(`templates:\n${templates.join("")}`))).toHaveLength(1_001);
  });

  test("but what is there of such a service is judged, and not what the template may have", () => {
    const own = "extends: golang\npolicy: [{ type: ON_CPU, checkers: [{ type: PROCESS_CPU, threshold: 101 }] }]";
    expect(placesOf(file(own))).toEqual(["set.yaml:1:10 extends", "set.yaml:2:69 policy[0].checkers[0].threshold"]);
  });

  test("nor what that template extends may have", () => {
    const text = `templates:
  a: { extends: golang }
services:
  s: { extends: a, policy: [{ type: ON_CPU, checkers: [{ type: PROCESS_CPU, threshold: 90 }] }] }
`;
    expect(placesOf(file(text))).toEqual(["set.yaml:2:17 templates.a.extends"]);
  });

  test("a circle, once, with its way", () => {
    const text =
      "templates:\n  a: { extends: b }\n  b: { extends: [c] }\n  c: { extends: a }\nservices:\n  s: { extends: b }\n";
    expect(faultsOf(file(text))).toEqual([
      "set.yaml:4:17 templates.c.extends: closes a circle of templates: a → b → c → a",
    ]);
    expect(faultsOf(file("templates: { a: { extends: a } }"))).toEqual([
      "set.yaml:1:28 templates.a.extends: closes a circle of templates: a → a",
    ]);
  });

  const links = (templates: number) =>
    Array.from({ length: templates }, (_, index) =>
      index === templates - 1
        ? `  t${index}: { policy: [{ type: ON_CPU, checkers: [${CPU_YAML}] }] }\n`
        : `  t${index}: { extends: t${index + 1} }\n`,
    );

  test.each([
    ["from the top to the bottom", (lines: string[]) => lines],
    ["from the bottom to the top", (lines: string[]) => lines.toReversed()],
  ])("a way that is too long, %s of the file", (_what, inOrder) => {
    const chain = (templates: number) =>
      file(`services:\n  s: { extends: t0 }\ntemplates:\n${inOrder(links(templates)).join("")}`);
    expect(faultsOf(chain(16))).toEqual([]);
    const [fault, ...others] = faultsOf(chain(17));
    expect(others).toEqual([]);
    expect(fault).toContain(
      "services.s.extends: extends 17 templates, one by way of the other; at most 16 may stand on one another",
    );
    expect(faultsOf(chain(40))[0]).toContain("one by way of the other");
    expect(faultsOf(chain(5_000))[0]).toContain("one by way of the other");
  });

  test("a template that extends nothing and is not complete", () => {
    const text =
      "templates:\n  half:\n    policy:\n      - type: ON_CPU\n        checkers:\n          - type: PROCESS_CPU\n            threshold: 80\n";
    expect(placesOf(file(text))).toEqual([
      "set.yaml:6:13 templates.half.policy[0].checkers[0].period",
      "set.yaml:6:13 templates.half.policy[0].checkers[0].count",
    ]);
  });

  test("what is wrong in a template, there and once, however many extend it", () => {
    const services = Array.from({ length: 50 }, (_, index) => `  s${index}: { extends: jvm }\n`).join("");
    const text = `${JVM.replace("threshold: 500", "threshold: many")}services:\n${services}`;
    expect(faultsOf(file(text))).toEqual([
      'set.yaml:8:54 templates.jvm.policy[0].checkers[1].threshold: is "many"; it takes a whole number of threads over 0',
    ]);
  });

  test("what is wrong in a long list, there and once, and a policy that is too large by it for each that has it", () => {
    const paths = Array.from({ length: 9_000 }, (_, index) => `/item/${index}`);
    const extending = {
      extends: "t",
      policy: [{ type: "NETWORK", checkers: [{ type: "HTTP_ERROR_RATE", count: 2 }] }],
    };
    const set = (uriList: unknown[]) => {
      const check = { type: "HTTP_ERROR_RATE", threshold: 5, period: 10, count: 3, uriList };
      const t = { policy: [{ type: "NETWORK", checkers: [check] }] };
      return file(JSON.stringify({ templates: { t }, services: { a: extending, b: extending } }), "set.json");
    };
    expect(faultsOf(set(["/a", " "]))).toEqual([
      expect.stringMatching(/templates\.t\.policy\[0\]\.checkers\[0\]\.uriList\[1\]: is " "; it takes a path$/),
    ]);
    const bytes = Buffer.byteLength(JSON.stringify(paths));
    const rest = `{"NETWORK":{"HTTP_ERROR_RATE":{"count":2,"period":10,"threshold":"5","uriList":,"uriRegex":""}}}`
      .length;
    const faults = faultsOf(set(paths));
    expect(faults).toHaveLength(3);
    for (const fault of faults) expect(fault).toContain(`is too large: ${bytes + rest} bytes as JSON`);
    expect(policiesOf(set(paths.slice(0, 3))).b?.targets.NETWORK?.HTTP_ERROR_RATE?.uriList).toEqual(paths.slice(0, 3));
  });

  test("the same where a service says something else of that checker", () => {
    const more = "{ extends: jvm, policy: [{ type: ON_CPU, checkers: [{ type: PROCESS_THREAD_COUNT, count: 2 }] }] }";
    const text = `${JVM.replace("threshold: 500", "threshold: many")}services:\n  a: ${more}\n  b: ${more}\n`;
    expect(placesOf(file(text))).toEqual(["set.yaml:8:54 templates.jvm.policy[0].checkers[1].threshold"]);
  });

  test("what is wrong by both, at the field that the service has", () => {
    const text = "extends: jvm\npolicy: [{ type: ON_CPU, checkers: [{ type: PROCESS_CPU, count: 11 }] }]";
    expect(faultsOf(file(JVM), file(text, "checkout.yaml"))).toEqual([
      "checkout.yaml:2:65 policy[0].checkers[0].count: is 11, over the period of 10 seconds; lower it",
    ]);
  });

  test("a checker that no template has and that is not complete, at the service", () => {
    const text = "extends: jvm\npolicy: [{ type: ON_CPU, checkers: [{ type: SYSTEM_LOAD, threshold: 4 }] }]";
    expect(placesOf(file(JVM), file(text, "checkout.yaml"))).toEqual([
      "checkout.yaml:2:37 policy[0].checkers[0].period",
      "checkout.yaml:2:37 policy[0].checkers[0].count",
    ]);
  });

  test.each(["", "5", "[]", "{ jvm: }", "[jvm, 5]", '""'])("extends: %s, which names no template", (value) => {
    const [fault] = faultsOf(
      file(JVM),
      file(`policy: [{ type: ON_CPU, checkers: [${CPU_YAML}] }]\nextends: ${value}\n`, "c.yaml"),
    );
    expect(fault).toContain("it takes a template's name, or a list of names");
  });
});

describe("every fault of all files is told at once:", () => {
  test("in the order of the files and of their lines, a file with faults of syntax hiding none of the others", () => {
    const faults = placesOf(
      file("services:\n  a: { policy: ]\n", "z-broken.yaml"),
      file(`services:\n  a: { extends: in-broken }\n  b: { polcy: [] }\n`, "one.yaml"),
      file("policy: []", "two.yaml"),
    );
    expect(faults).toEqual([
      expect.stringMatching(/^z-broken.yaml:2:\d+ $/),
      "one.yaml:3:6 services.b.policy",
      "one.yaml:3:15 services.b.polcy",
      "two.yaml:1:9 policy",
    ]);
  });

  test("unknown fields, with the one that is meant", () => {
    const checker = CPU_YAML.replace("threshold", "treshold");
    expect(
      faultsOf(file(`services:\n  a:\n    budgt: 1\n    policy: [{ type: ON_CPU, checkers: [${checker}] }]\n`)),
    ).toEqual([
      "set.yaml:3:12 services.a.budgt: is no field of a service; it takes policy, budget and extends; did you mean budget?",
      expect.stringContaining("services.a.policy[0].checkers[0].threshold: is missing"),
      "set.yaml:4:72 services.a.policy[0].checkers[0].treshold: is no field of a checker; it takes type, threshold, period, count, uriList and uriRegex; did you mean threshold?",
    ]);
    expect(faultsOf(file("service:\n  a: {}\n"))[1]).toContain("is a map; it takes the name of a service as text");
    expect(faultsOf(file("servcies: {}\n"))[1]).toContain("; did you mean services?");
  });

  test("targets and types that are none, with what is meant", () => {
    const text = `policy: [{ type: ON_CPUS, checkers: [{ type: PROCES_CPU, threshold: 80, period: 10, count: 3 }] }]`;
    const faults = faultsOf(file(text));
    expect(faults[0]).toMatch(/^set.yaml:1:18 policy\[0\].type: is no target; .*; did you mean ON_CPU\?$/);
    expect(faults[1]).toMatch(/^set.yaml:1:46 .*: is no monitor type; .*; did you mean PROCESS_CPU\?$/);
  });

  test("a service that is defined twice, in one file or in two, with the first place", () => {
    const one = `services:\n  cart: { policy: [{ type: ON_CPU, checkers: [${CPU_YAML}] }] }\n`;
    expect(faultsOf(file(one, "a.yaml"), file(one, "b.yaml"), file("extends: jvm", "x/cart.yaml"), file(JVM))).toEqual([
      "b.yaml:2:3 services.cart: defines the service cart a second time; the first is at a.yaml:2:3",
      "x/cart.yaml:1:1 : defines the service cart a second time; the first is at a.yaml:2:3",
    ]);
    expect(faultsOf(file(`${one}${one.split("\n")[1]}\n`))).toEqual([
      "set.yaml:3:3 services.cart: stands here twice; first in line 2, column 3",
    ]);
    expect(faultsOf(file(JVM), file(JVM, "b.yaml"))).toEqual([
      "b.yaml:2:3 templates.jvm: defines the template jvm a second time; the first is at set.yaml:2:3",
    ]);
  });

  test("what stands in a checker or target that is one too many", () => {
    const odd = CPU_YAML.replace("80", "101");
    const text = `policy:\n- { type: ON_CPU, checkers: [${CPU_YAML}, ${odd}] }\n- { type: ON_CPU, checkers: [${odd}] }\n- { type: GPU, checkers: [${odd}] }\n`;
    expect(faultsOf(file(text)).filter((fault) => fault.includes("is 101"))).toHaveLength(3);
  });

  test.each([
    ["services: []", "set.yaml:1:11 services: is a list; it takes a map"],
    ["services:", "set.yaml:1:10 services: is blank; it takes a map"],
    ["services: { a: }", "set.yaml:1:16 services.a: is blank; it takes a map with policy, budget, extends"],
    ["templates: { a: [] }", "set.yaml:1:17 templates.a: is a list; it takes a map"],
    [
      "services: { a: {} }",
      "set.yaml:1:16 services.a.policy: is missing; it takes a list with an entry for each target",
    ],
    ["services: {}\npolicy: []", "set.yaml:2:9 policy: stands beside services or templates; put it into one of them"],
    ['services: { "": { extends: a } }', "is blank; a name takes 1 to 2048 bytes"],
    [
      `services:\n  ? ${"ü".repeat(1_025)}\n  : { extends: a }`,
      "is a name of 2050 bytes; a name takes 1 to 2048 bytes",
    ],
  ])("%j", (text, fault) => {
    expect(faultsOf(file(text)).join("\n")).toContain(fault);
  });

  test("of thousands, the first thousand, and how many more", () => {
    const services = Array.from({ length: 1_500 }, (_, index) => `  s${index}: { policy: [] }\n`).join("");
    const faults = faultsOf(file(`services:\n${services}`));
    expect(faults).toHaveLength(1_001);
    expect(faults.at(-1)).toContain(": and 500 more");
  });
});

describe("YAML's own ways to say things again:", () => {
  test("an anchor, and a merge key whose fields lose against those that stand there", () => {
    const text = `services:
  a:
    policy:
      - type: ON_CPU
        checkers:
          - &cpu { type: PROCESS_CPU, threshold: 80, period: 10, count: 3 }
  b:
    policy:
      - { type: ON_CPU, checkers: [{ threshold: 70, <<: *cpu }] }
      - { type: OFF_CPU, checkers: [{ <<: [{ count: 5 }, *cpu] }] }
`;
    const { a, b } = policiesOf(file(text));
    expect(a?.targets).toEqual({ ON_CPU: { PROCESS_CPU: CPU } });
    expect(b?.targets).toEqual({
      ON_CPU: { PROCESS_CPU: { ...CPU, threshold: "70" } },
      OFF_CPU: { PROCESS_CPU: { ...CPU, count: 5 } },
    });
  });

  test("an anchor that is set anew means what it meant where its alias stands", () => {
    const check = (threshold: number) => `{ type: PROCESS_CPU, threshold: ${threshold}, period: 10, count: 3 }`;
    const text = `policy:\n- { type: ON_CPU, checkers: [&c ${check(70)}] }\n- { type: OFF_CPU, checkers: [*c] }\n- { type: NETWORK, checkers: [&c ${check(90)}] }\n`;
    expect(policiesOf(file(text)).set?.targets.OFF_CPU?.PROCESS_CPU?.threshold).toBe("70");
  });

  test("also within what an alias repeats", () => {
    const check = (threshold: number) => `{ type: PROCESS_CPU, threshold: ${threshold}, period: 10, count: 3 }`;
    const text = `services:
  a: { policy: [{ type: ON_CPU, checkers: [&c ${check(70)}] }] }
  b: &b { policy: [{ type: ON_CPU, checkers: [*c] }] }
  c: { policy: [{ type: ON_CPU, checkers: [&c ${check(90)}] }] }
  d: *b
`;
    expect(policiesOf(file(text)).d?.targets.ON_CPU?.PROCESS_CPU?.threshold).toBe("70");
  });

  test.each([
    ["a: &a [*a]", "is an alias of something that it is part of"],
    ["a: *b", "*b is an alias of nothing"],
    [`a: ${"[".repeat(40)}${"]".repeat(40)}`, "is nested over 32 levels deep"],
    ["<<: 5", "<< takes a map, or a list of maps"],
    ["? [a]\n: b", "holds a name that is no text"],
  ])("%j is refused", (text, problem) => {
    expect(faultsOf(file(text)).join()).toContain(problem);
  });

  test.each([
    ["lists in one line", `policy: ${"[".repeat(50_000)}${"]".repeat(50_000)}`],
    ["lists that nobody closes", `policy: ${"[".repeat(50_000)}`],
    ["maps in one line", `${"{a: ".repeat(20_000)}1${"}".repeat(20_000)}`],
    ["JSON", `${'{"a":['.repeat(20_000)}${"]}".repeat(20_000)}`],
    ["lists as blocks", `policy:\n${"- ".repeat(20_000)}x`],
    ["maps by their indentation", Array.from({ length: 3_000 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n")],
  ])("thousands of levels of %s are refused by the same limit", (_what, text) => {
    const faults = faultsOf(file(`# a comment\n${text}\n`));
    expect(faults.join().slice(0, 2_000)).toMatch(/is nested over 32 levels deep; a policy needs eight/);
    expect(faults.join()).not.toMatch(/stack/i);
  });

  test("thousands of services may share an anchor, and a bomb of them is refused", () => {
    const services = Array.from({ length: 2_000 }, (_, index) => `  s${index}: *a\n`).join("");
    const text = `services:\n  first: &a { policy: [{ type: ON_CPU, checkers: [${CPU_YAML}] }] }\n${services}`;
    expect(Object.keys(policiesOf(file(text)))).toHaveLength(2_001);
    const bomb = Array.from({ length: 20 }, (_, level) => {
      const below = level === 0 ? "x" : `*a${level - 1}`;
      return `a${level}: &a${level} [${Array.from({ length: 10 }, () => below).join(", ")}]`;
    });
    expect(faultsOf(file(bomb.join("\n"))).join()).toContain("aliases repeat over 200000 values");
  });
});

test("no more services than a set may hold", () => {
  const services = Array.from({ length: 20_001 }, (_, index) => `"s${index}":{"extends":"t"}`).join(",");
  const template = `{"policy":[{"type":"ON_CPU","checkers":[{"type":"PROCESS_CPU","threshold":80,"period":10,"count":3}]}]}`;
  const faults = faultsOf(file(`{"templates":{"t":${template}},"services":{${services}}}`));
  expect(faults).toEqual([expect.stringContaining("services.s20000: is one service too many; a set holds 20000")]);
});
