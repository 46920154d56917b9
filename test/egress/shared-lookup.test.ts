import dns from "node:dns";
import type { LookupFunction } from "node:net";
import { expect, test } from "vitest";
import { sharedLookup } from "../../shared/egress/shared-lookup.ts";

type Callback = Parameters<LookupFunction>[2];
type Answer = Parameters<Callback>;

/** A lookup that answers when it is told to. */
function heldLookup() {
  const asked: { host: string; answer: Callback }[] = [];
  const lookup: LookupFunction = (host, _options, answer) => void asked.push({ host, answer });
  return { asked, lookup: sharedLookup(lookup, { timeoutMs: 3_000 }) };
}

function ask(lookup: LookupFunction, host: string, options = { all: true }): Promise<Answer> {
  return new Promise((resolve) => lookup(host, options, (...answer) => resolve(answer)));
}

test("a name that many ask for is resolved once, and all get the answer", async () => {
  const { asked, lookup } = heldLookup();
  const answers = Promise.all(Array.from({ length: 20 }, () => ask(lookup, "collector.example")));
  expect(asked.map(({ host }) => host)).toEqual(["collector.example"]);
  asked[0]?.answer(null, [{ address: "192.0.2.7", family: 4 }]);
  for (const answer of await answers) expect(answer).toEqual([null, [{ address: "192.0.2.7", family: 4 }]]);
});

test("an answer is not kept: who asks later asks anew", async () => {
  const { asked, lookup } = heldLookup();
  const failed = ask(lookup, "collector.example");
  asked[0]?.answer(new Error("no such name"), "", 0);
  expect((await failed)[0]?.message).toBe("no such name");
  void ask(lookup, "collector.example");
  expect(asked).toHaveLength(2);
});

test("the same name asked for otherwise gets its own answer", () => {
  const { asked, lookup } = heldLookup();
  void ask(lookup, "a.example");
  void ask(lookup, "a.example", { all: false });
  expect(asked).toHaveLength(2);
});

test("two names are resolved at a time, more wait for their turn: the rest of the process needs threads, too", async () => {
  const { asked, lookup } = heldLookup();
  const answers = ["a.example", "b.example", "c.example"].map((host) => ask(lookup, host));
  expect(asked.map(({ host }) => host)).toEqual(["a.example", "b.example"]);
  asked[1]?.answer(new Error("no such name"), "", 0);
  expect((await answers[1])?.[0]?.message).toBe("no such name");
  expect(asked.map(({ host }) => host)).toEqual(["a.example", "b.example", "c.example"]);
});

test("it resolves as Node does", async () => {
  const [error, answer] = await ask(sharedLookup(dns.lookup as LookupFunction, { timeoutMs: 3_000 }), "localhost");
  expect(error).toBeNull();
  expect(answer).toEqual(await dns.promises.lookup("localhost", { all: true }));
});
