import { describe, expect, test } from "vitest";
import { withoutSecrets } from "../../shared/collectors/without-secrets.ts";

const TOKEN = "IQoJb3/pZ2lu+X2VjEJ==";

describe("a secret is masked where it stands, and the rest stays", () => {
  test("at the start, in the middle, at the end, and each time", () => {
    expect(withoutSecrets(`${TOKEN}: ${TOKEN} is not ${TOKEN}`, [TOKEN])).toBe("[masked]: [masked] is not [masked]");
  });

  test.each([
    ["a URL", "IQoJb3%2FpZ2lu%2BX2VjEJ%3D%3D"],
    ["a URL in lower case", "IQoJb3%2fpZ2lu%2bX2VjEJ%3d%3d"],
    ["a URL in a URL", "IQoJb3%252FpZ2lu%252BX2VjEJ%253D%253D"],
    ["JSON of PHP", "IQoJb3\\/pZ2lu+X2VjEJ=="],
  ])("as %s writes it", (_, writing) => {
    expect(withoutSecrets(`no: ${writing}, sorry`, [TOKEN])).toBe("no: [masked], sorry");
  });

  test.each([
    ["a URL", "%22h%C3%BCnter%22%20%26%20'2'%3C"],
    ["a form", "%22h%C3%BCnter%22+%26+%272%27%3C"],
    ["a form in lower case", "%22h%c3%bcnter%22+%26+%272%27%3c"],
    ["HTML", "\"hünter\" &amp; '2'&lt;"],
    ["HTML of PHP", "&quot;hünter&quot; &amp; &#39;2&#39;&lt;"],
    ["HTML of Python", "&quot;hünter&quot; &amp; &#x27;2&#x27;&lt;"],
    ["XML", "&quot;hünter&quot; &amp; &apos;2&apos;&lt;"],
    ["HTML of Go", "&#34;hünter&#34; &amp; &#39;2&#39;&lt;"],
    ["JSON", "\\\"hünter\\\" & '2'<"],
  ])("with quotes and umlauts, as %s writes them", (_, writing) => {
    expect(withoutSecrets(`no: ${writing}, sorry`, [`"hünter" & '2'<`])).toBe("no: [masked], sorry");
  });

  test.each([0, 1, 2, 3])("as base64 writes it in a longer text, %i bytes into it", (before) => {
    for (const encoding of ["base64", "base64url"] as const) {
      const written = Buffer.from(`${"-".repeat(before)}${TOKEN} is no token`).toString(encoding);
      const kept = withoutSecrets(`no: ${written}`, [TOKEN]);
      expect(kept).toMatch(/^no: .{0,6}\[masked\].*$/);
      // At either end, what shares three bytes with its surroundings may stay.
      const [start = "", end = ""] = kept.slice("no: ".length).split("[masked]");
      const known = [start, end].map((part) => Buffer.from(part, encoding).toString("latin1")).join();
      expect(known).not.toContain(TOKEN.slice(2, 6));
      expect(known).not.toContain(TOKEN.slice(-6, -2));
    }
  });

  test("if there are several, of which one is the beginning of another, or looks like the mask", () => {
    expect(withoutSecrets("hunter, hunter2 and mask", ["hunter", "hunter2", "mask"])).toBe(
      "[masked], [masked] and [masked]",
    );
  });

  test("if it is short", () => {
    expect(withoutSecrets("pw is wrong", ["pw"])).toBe("[masked] is wrong");
  });

  test("if UTF-8 has no writing for it, as it went out", () => {
    expect(withoutSecrets("half \ufffd a pair", ["half \ud83d a pair"])).toBe("[masked]");
  });
});

describe("a secret that is cut off at the end", () => {
  test.each([TOKEN.slice(0, 8), TOKEN.slice(0, -1), "IQoJb3%2FpZ2lu%2", "IQoJb3%252"])("is masked: %s", (beginning) => {
    expect(withoutSecrets(`no: ${beginning}`, [TOKEN])).toBe("no: [masked]");
  });

  test("stays if it is less than 8 characters, which give nothing away", () => {
    expect(withoutSecrets(`no: ${TOKEN.slice(0, 7)}`, [TOKEN])).toBe(`no: ${TOKEN.slice(0, 7)}`);
  });
});

test.each([
  ["", [TOKEN]],
  ["backend in us-east-1 is overloaded 😀", [TOKEN]],
  [`${TOKEN.slice(0, -1)} is another`, [TOKEN]],
  ["nothing is secret", []],
  ["nothing is secret", [""]],
])("what holds no secret stays as it is (%j)", (evidence, secrets) => {
  expect(withoutSecrets(evidence, secrets)).toBe(evidence);
});
