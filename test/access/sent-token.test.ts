import fc from "fast-check";
import { expect, it } from "vitest";
import { sentToken } from "../../shared/access/sent-token.ts";

const TOKEN = "fp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8qohr2g";
const OTHER = "fp___________________________________________8UcOJFg";

it.each<[Record<string, string>, string | undefined]>([
  [{ Authentication: TOKEN }, TOKEN],
  [{ authentication: TOKEN }, TOKEN],
  [{ authorization: `Bearer ${TOKEN}` }, TOKEN],
  [{ Authorization: `bearer  ${TOKEN}` }, TOKEN],
  [{ authentication: TOKEN, authorization: `Bearer ${OTHER}` }, TOKEN],
  // Rover sends a blank one where none is set, and a proxy may log in on its own account.
  [{ authentication: "", authorization: `Bearer ${TOKEN}` }, TOKEN],
  [{ authentication: TOKEN, authorization: "Basic YWRhOmh1bnRlcjI=" }, TOKEN],
  [{}, undefined],
  [{ authentication: "hunter2" }, undefined],
  [{ authentication: `${TOKEN}, ${TOKEN}` }, undefined],
  [{ authentication: `Bearer ${TOKEN}` }, undefined],
  [{ authorization: TOKEN }, undefined],
  [{ authorization: `Basic ${TOKEN}` }, undefined],
  [{ authorization: `Bearer ${TOKEN} ${OTHER}` }, undefined],
  [{ authorization: `Bearer${TOKEN}` }, undefined],
])("of %j the token is %s", (headers, token) => {
  expect(sentToken(new Headers(headers))).toBe(token);
});

it("is looked for in a long header without taking long", () => {
  const startedAt = performance.now();
  for (const long of [`Bearer${" ".repeat(100_000)}`, `Bearer ${"a".repeat(100_000)} a`, "Bearer ".repeat(20_000)]) {
    expect(sentToken(new Headers({ authorization: `${long}.` }))).toBeUndefined();
  }
  expect(performance.now() - startedAt).toBeLessThan(200);
});

it("whatever the headers hold, what is sent is a text in the form of a token, or nothing", () => {
  const value = fc.oneof(
    fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)) }),
    fc.constantFrom("Bearer", "Bearer ", "bearer  x", "Basic x", `fp_${"a".repeat(49)}`, `Bearer fp_${"a".repeat(49)}`),
  );
  fc.assert(
    fc.property(value, value, (authentication, authorization) => {
      const token = sentToken(new Headers({ authentication, authorization }));
      if (token !== undefined) expect(token).toMatch(/^fp_[\w-]{49}$/);
    }),
  );
});
