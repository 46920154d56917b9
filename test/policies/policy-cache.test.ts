import { expect, test } from "vitest";
import { Unavailable } from "../../shared/errors.ts";
import { createPolicyCache } from "../../shared/policies/policy-cache.ts";
import type { StoredPolicy } from "../../shared/policies/policy-item.ts";

const policyOf = (serviceName: string, uriRegex = ""): StoredPolicy => ({
  state: "valid",
  policy: {
    serviceName,
    targets: { NETWORK: { HTTP_ERROR_RATE: { threshold: "5", period: 10, count: 3, uriList: [], uriRegex } } },
    uuid: `uuid of ${serviceName}`,
    revision: 1,
    updatedAt: "2026-02-03T04:05:06.000Z",
    updatedBy: "ada",
  },
  staleUuid: false,
});

/** A cache over a reader that knows the policies given, records what it is asked for, and a clock to be set. */
function world({ policies = [policyOf("a"), policyOf("b"), policyOf("c")], ttlMs = 2_000, maxEntries = 100 } = {}) {
  const known = new Map(policies.map((stored) => [stored.state === "valid" ? stored.policy.serviceName : "", stored]));
  const reads: string[][] = [];
  const clock = { ms: 1_000_000 };
  let whileReading: (serviceNames: readonly string[]) => unknown = () => {};
  const cache = createPolicyCache({
    async read(serviceNames) {
      reads.push([...serviceNames]);
      await whileReading(serviceNames);
      return new Map([...known].filter(([serviceName]) => serviceNames.includes(serviceName)));
    },
    ttlMs,
    maxEntries,
    now: () => clock.ms,
  });
  return { cache, reads, clock, known, during: (work: typeof whileReading) => (whileReading = work) };
}

test("services are looked up in the order asked for, those without a policy as absent", async () => {
  const { cache } = world();
  expect(await cache.lookUp(["c", "nobody", "a"])).toEqual([policyOf("c"), { state: "absent" }, policyOf("a")]);
  expect(await cache.lookUp([])).toEqual([]);
});

test("what was read is remembered for the time to live and read anew after it", async () => {
  const { cache, reads, clock, known } = world({ ttlMs: 2_000 });
  await cache.lookUp(["a"]);
  known.delete("a");
  clock.ms += 1_999;
  expect(await cache.lookUp(["a"])).toEqual([policyOf("a")]);
  expect(reads).toEqual([["a"]]);
  clock.ms += 2;
  expect(await cache.lookUp(["a"])).toEqual([{ state: "absent" }]);
  expect(reads).toEqual([["a"], ["a"]]);
});

test("being asked for does not make an entry live longer", async () => {
  const { cache, reads, clock } = world({ ttlMs: 2_000 });
  for (let ms = 0; ms <= 2_500; ms += 500) {
    await cache.lookUp(["a"]);
    clock.ms += 500;
  }
  expect(reads).toEqual([["a"], ["a"]]);
});

test("that a service has no policy is remembered as well, and an invalid policy too", async () => {
  const { cache, reads, known } = world();
  known.set("broken", { state: "invalid", serviceName: "broken", faults: [] });
  for (let poll = 0; poll < 3; poll++) {
    expect(await cache.lookUp(["nobody", "broken"])).toEqual([{ state: "absent" }, { state: "invalid" }]);
  }
  expect(reads).toEqual([["nobody", "broken"]]);
});

test("only the names that are missing are read", async () => {
  const { cache, reads } = world();
  await cache.lookUp(["a", "b"]);
  await cache.lookUp(["b", "c", "a"]);
  expect(reads).toEqual([["a", "b"], ["c"]]);
});

test("a failure reaches everybody who waited for it and is not remembered", async () => {
  const { cache, reads, during } = world();
  during(() => {
    throw new Unavailable("DynamoDB cannot be reached");
  });
  const polls = await Promise.allSettled([cache.lookUp(["a"]), cache.lookUp(["a", "b"])]);
  expect(polls).toEqual([
    { status: "rejected", reason: new Unavailable("DynamoDB cannot be reached") },
    { status: "rejected", reason: new Unavailable("DynamoDB cannot be reached") },
  ]);
  during(() => {});
  expect(await cache.lookUp(["a", "b"])).toEqual([policyOf("a"), policyOf("b")]);
  expect(reads).toEqual([
    ["a", "b"],
    ["a", "b"],
  ]);
});

test("a failure fails the whole lookup: what is not known is never passed off as absent", async () => {
  const { cache, during } = world();
  await cache.lookUp(["a"]);
  during(() => {
    throw new Unavailable("DynamoDB cannot be reached");
  });
  await expect(cache.lookUp(["a", "b"])).rejects.toThrow(Unavailable);
  expect(await cache.lookUp(["a"])).toEqual([policyOf("a")]);
});

test("names missing at the same moment, whoever asks, are read together and each once", async () => {
  const { cache, reads } = world();
  const polls = await Promise.all([cache.lookUp(["a", "b"]), cache.lookUp(["b", "c"]), cache.lookUp(["a"])]);
  expect(polls).toEqual([[policyOf("a"), policyOf("b")], [policyOf("b"), policyOf("c")], [policyOf("a")]]);
  expect(reads).toEqual([["a", "b", "c"]]);
});

test("names missing at the same moment are read at most 100 at a time, each once", async () => {
  const names = Array.from({ length: 250 }, (_, index) => `service ${index}`);
  const { cache, reads } = world({ policies: names.map((name) => policyOf(name)) });
  const [first, second] = await Promise.all([cache.lookUp(names.slice(0, 150)), cache.lookUp(names.slice(50))]);
  expect(first).toEqual(names.slice(0, 150).map((name) => policyOf(name)));
  expect(second).toEqual(names.slice(50).map((name) => policyOf(name)));
  expect(reads.map(({ length }) => length)).toEqual([100, 100, 50]);
  expect(reads.flat()).toEqual(names);
});

test("a failing read fails no poll whose names stand in another", async () => {
  const names = Array.from({ length: 100 }, (_, index) => `service ${index}`);
  const { cache, during } = world();
  during((serviceNames) => {
    if (serviceNames.includes("service 0")) throw new Unavailable("DynamoDB cannot be reached");
  });
  const [failed, others, both] = await Promise.allSettled([
    cache.lookUp(names),
    cache.lookUp(["a", "b"]),
    cache.lookUp(["a", "service 99"]),
  ]);
  expect(failed.status).toBe("rejected");
  expect(others).toEqual({ status: "fulfilled", value: [policyOf("a"), policyOf("b")] });
  expect(both.status).toBe("rejected");
});

test("of an invalid policy nothing is kept but that it is invalid: its faults can be many", async () => {
  const { cache, known } = world();
  known.set("broken", {
    state: "invalid",
    serviceName: "broken",
    faults: [{ path: "targets", problem: "is missing" }],
  });
  for (let poll = 0; poll < 2; poll++) expect(await cache.lookUp(["broken"])).toEqual([{ state: "invalid" }]);
});

test.each([2_000, 0])("a name whose read is under way is not read again (ttl %i ms)", async (ttlMs) => {
  const { cache, reads, during } = world({ ttlMs });
  const started = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  during(() => {
    started.resolve();
    return held.promise;
  });
  const first = cache.lookUp(["a"]);
  await started.promise;
  const second = cache.lookUp(["a", "b"]);
  held.resolve();
  expect(await Promise.all([first, second])).toEqual([[policyOf("a")], [policyOf("a"), policyOf("b")]]);
  expect(reads).toEqual([["a"], ["b"]]);
});

test("a read takes along what was asked for in the second half of its time, so that they grow old together", async () => {
  const { cache, reads, clock, known } = world({ ttlMs: 2_000 });
  await cache.lookUp(["a"]);
  clock.ms += 1_500;
  await cache.lookUp(["a"]);
  known.delete("a");
  expect(await cache.lookUp(["b"])).toEqual([policyOf("b")]);
  expect(reads).toEqual([["a"], ["b", "a"]]);
  clock.ms += 2_000;
  expect(await cache.lookUp(["a", "b"])).toEqual([{ state: "absent" }, policyOf("b")]);
  expect(reads).toHaveLength(2);
  clock.ms += 1;
  await cache.lookUp(["b"]);
  expect(reads.slice(2)).toEqual([["b", "a"]]);
});

test("a read takes nothing along that nobody asked for since half its time, nor the same name twice", async () => {
  const { cache, reads, clock } = world({ ttlMs: 2_000 });
  await cache.lookUp(["a", "b"]);
  clock.ms += 1_000;
  await cache.lookUp(["a"]);
  clock.ms += 600;
  await cache.lookUp(["c"]);
  await cache.lookUp(["b"]);
  clock.ms += 500;
  await cache.lookUp(["b"]);
  await cache.lookUp(["nobody"]);
  expect(reads).toEqual([["a", "b"], ["c"], ["b"], ["nobody"]]);
});

test("what is taken along never makes a read larger than 100 names", async () => {
  const names = Array.from({ length: 150 }, (_, index) => `service ${index}`);
  const { cache, reads, clock } = world({ policies: names.map((name) => policyOf(name)), maxEntries: 1_000 });
  await cache.lookUp(names);
  clock.ms += 1_500;
  await cache.lookUp(names);
  await cache.lookUp(["nobody", "nothing"]);
  await cache.lookUp(["nothing else"]);
  // No more than 100 names are noted to be taken along: the first two of them are left for the last read.
  expect(reads.map(({ length }) => length)).toEqual([100, 50, 100, 3]);
  expect(new Set(reads[2])).toHaveLength(100);
});

test("what is taken along by a read that fails is served for the rest of its time, and fails nobody else", async () => {
  const { cache, clock, during } = world({ ttlMs: 2_000 });
  await cache.lookUp(["a"]);
  clock.ms += 1_500;
  await cache.lookUp(["a"]);
  during(() => {
    throw new Unavailable("DynamoDB cannot be reached");
  });
  await expect(cache.lookUp(["b"])).rejects.toThrow(Unavailable);
  expect(await cache.lookUp(["a"])).toEqual([policyOf("a")]);
  clock.ms += 501;
  await expect(cache.lookUp(["a"])).rejects.toThrow(Unavailable);
});

test("what is being taken along is served until its time is over, then waited for, and not taken along again", async () => {
  const { cache, reads, clock, during } = world({ ttlMs: 2_000 });
  await cache.lookUp(["a"]);
  clock.ms += 1_500;
  await cache.lookUp(["a"]);
  const started = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  during(() => {
    started.resolve();
    return held.promise;
  });
  const first = cache.lookUp(["b"]);
  await started.promise;
  expect(cache.lookUp(["a"])).toEqual([policyOf("a")]);
  const second = cache.lookUp(["c"]);
  await new Promise((resolve) => setImmediate(resolve));
  clock.ms += 501;
  const third = cache.lookUp(["a"]);
  held.resolve();
  expect(await Promise.all([first, second, third])).toEqual([[policyOf("b")], [policyOf("c")], [policyOf("a")]]);
  await cache.lookUp(["d"]);
  expect(reads).toEqual([["a"], ["b", "a"], ["c"], ["d"]]);
});

test("with a time to live of 0 nothing is remembered", async () => {
  const { cache, reads } = world({ ttlMs: 0 });
  await cache.lookUp(["a"]);
  await cache.lookUp(["a"]);
  expect(reads).toEqual([["a"], ["a"]]);
});

test("no more entries are held than allowed; the one not asked for longest goes", async () => {
  const { cache, reads } = world({ maxEntries: 2 });
  for (const name of ["a", "b", "a", "c", "a", "b"]) await cache.lookUp([name]);
  expect(reads).toEqual([["a"], ["b"], ["c"], ["b"]]);
});

test("one lookup of more services than entries still answers them all", async () => {
  const { cache } = world({ maxEntries: 1 });
  expect(await cache.lookUp(["a", "b", "c"])).toEqual([policyOf("a"), policyOf("b"), policyOf("c")]);
});

test("few but huge policies are bounded by their bytes", async () => {
  const huge = "x".repeat(40 * 1_024 * 1_024);
  const { cache, reads } = world({ policies: [policyOf("a", huge), policyOf("b", huge)] });
  for (const name of ["a", "b", "b", "a"]) await cache.lookUp([name]);
  expect(reads).toEqual([["a"], ["b"], ["a"]]);
});
