import { expect, test } from "vitest";
import { afterKeepAlive, afterReport, fingerprint, withStored } from "../../shared/agent/process-set.ts";
import type { WatchedProcess } from "../../shared/agent/watched-process.ts";

const NOON = Date.UTC(2026, 0, 31, 12, 0, 0);

/** As a keepAlive names it. */
const named = (processName: string, more: Partial<WatchedProcess> = {}): WatchedProcess => ({
  layer: "OS_LINUX",
  serviceName: "checkout",
  instanceName: "pod-1",
  processName,
  labels: [],
  ...more,
});
const withPid = (processName: string, pid: number, reportedAt = NOON - 200_000): WatchedProcess =>
  named(processName, { pid, kind: "host", reportedAt });
const pidsOf = (processes: readonly WatchedProcess[]) =>
  processes.map(({ processName, pid }) => `${processName} ${pid ?? "-"}`);
const report = (known: WatchedProcess[], reported: WatchedProcess[], keptAliveAt = NOON - 20_000) =>
  pidsOf(afterReport(known, reported, { now: NOON, keptAliveAt }));

test("a report adds its processes to those that are known, since Rover announces new ones alone", () => {
  const known = [withPid("java", 1), withPid("nginx", 2)];
  expect(report(known, [named("redis", { pid: 3 })])).toEqual(["java 1", "nginx 2", "redis 3"]);
});

test("a process reported again with its pid is the same, and so is one whose pid nobody has said", () => {
  const known = [withPid("java", 1), named("nginx")];
  expect(report(known, [named("java", { pid: 1 }), named("nginx", { pid: 2 })])).toEqual(["java 1", "nginx 2"]);
});

test("of processes with the same names, a keepAlive leaves as many as it names, those reported last", () => {
  const known = afterReport([withPid("java", 1), withPid("nginx", 2)], [named("java", { pid: 7 })], {
    now: NOON - 20_000,
    keptAliveAt: NOON - 20_000,
  });
  expect(pidsOf(known)).toEqual(["java 1", "nginx 2", "java 7"]); // a restart or a second one: nobody knows yet
  const restarted = [named("java"), named("nginx")];
  expect(pidsOf(afterKeepAlive(known, restarted, NOON))).toEqual(["java 7", "nginx 2"]);
  const second = [named("java"), named("nginx"), named("java")];
  expect(pidsOf(afterKeepAlive(known, second, NOON)).sort()).toEqual(["java 1", "java 7", "nginx 2"]);
});

test("a keepAlive right after a report names those that live beside the reported ones", () => {
  const known = [withPid("java", 1), withPid("java", 7, NOON - 500)];
  expect(pidsOf(afterKeepAlive(known, [named("java")], NOON))).toEqual(["java 1", "java 7"]);
  expect(pidsOf(afterKeepAlive(known, [], NOON))).toEqual(["java 7"]);
});

test("processes of the same names keep the pids of their labels, in whatever order they are named", () => {
  const [a, b] = [["a", "x"], ["b"]];
  const known = [
    { ...withPid("java", 1), labels: a },
    { ...withPid("java", 2), labels: b },
  ];
  const alive = [named("java", { labels: b }), named("java", { labels: a.toReversed() })];
  expect(fingerprint(afterKeepAlive(known, alive, NOON))).toBe(fingerprint(known));
  expect(fingerprint(withStored(alive, known, 0))).toBe(fingerprint(known));
});

test("of two servers' knowledge of the same names, the later reports count too", () => {
  const stored = [withPid("java", 1, NOON - 60_000), withPid("java", 7, NOON)];
  expect(pidsOf(withStored([withPid("java", 1, NOON - 60_000)], stored, 0))).toEqual(["java 7"]);
  expect(pidsOf(withStored([withPid("java", 1), withPid("java", 2)], stored, 0))).toEqual(["java 1", "java 7"]);
});

test("processes of the same names stay apart", () => {
  const both = [named("java", { pid: 7 }), named("java", { pid: 8 })];
  expect(report([withPid("java", 7)], both)).toEqual(["java 7", "java 8"]);
  const known = [withPid("java", 7), withPid("java", 8)];
  expect(pidsOf(afterKeepAlive(known, [named("java"), named("java")], NOON))).toEqual(["java 7", "java 8"]);
  expect(pidsOf(afterKeepAlive(known, [named("java")], NOON))).toEqual(["java 7"]);
});

test("without keepAlives, what was not reported for ten minutes is gone", () => {
  const known = [withPid("java", 1, NOON - 600_000), withPid("nginx", 2, NOON - 599_000)];
  expect(report(known, [named("redis", { pid: 3 })], NOON - 3_600_000)).toEqual(["nginx 2", "redis 3"]);
});

test("reports that never end do not fill the memory", () => {
  const many = (from: number) => Array.from({ length: 10_000 }, (_, index) => named(`p${from + index}`));
  let known: WatchedProcess[] = [];
  for (let call = 0; call < 5; call++) {
    known = afterReport(known, many(call * 10_000), { now: NOON, keptAliveAt: NOON });
    expect(known.length).toBeLessThanOrEqual(20_000);
    expect(known.at(-1)?.processName).toBe(`p${call * 10_000 + 9_999}`);
  }
});

test("a keepAlive leaves those that it names, with their pids, and takes new ones in", () => {
  const known = [withPid("java", 1), withPid("nginx", 2)];
  const alive = [named("redis"), named("java", { labels: ["canary"] })];
  expect(pidsOf(afterKeepAlive(known, alive, NOON))).toEqual(["redis -", "java 1"]);
  expect(afterKeepAlive(known, alive, NOON)[1]).toEqual({ ...withPid("java", 1), labels: ["canary"] });
});

test("a keepAlive right after a report need not name what that report named", () => {
  const known = [withPid("java", 1), withPid("redis", 3, NOON - 500)];
  expect(pidsOf(afterKeepAlive(known, [named("java")], NOON))).toEqual(["java 1", "redis 3"]);
  expect(pidsOf(afterKeepAlive(known, [named("java")], NOON + 19_000))).toEqual(["java 1"]);
});

test("of two servers' knowledge the later report counts, process by process", () => {
  const mine = [withPid("java", 1, NOON), withPid("nginx", 2, NOON - 60_000), named("redis")];
  const stored = [
    withPid("java", 9, NOON - 60_000),
    withPid("nginx", 8, NOON),
    withPid("redis", 7),
    withPid("gone", 6),
  ];
  expect(pidsOf(withStored(mine, stored, 0))).toEqual(["java 1", "nginx 8", "redis 7"]);
  expect(withStored([named("java")], [named("java", { profilable: true })], 0)).toEqual([
    named("java", { profilable: true }),
  ]);
  expect(withStored([named("java", { profilable: false })], [named("java", { profilable: true })], 0)).toEqual([
    named("java", { profilable: false }),
  ]);
});

test("a set is the same in any order, also of its labels, and whenever it was reported, and another with any other content", () => {
  const set = [withPid("java", 1), withPid("nginx", 2)];
  expect(fingerprint([withPid("nginx", 2, NOON), withPid("java", 1)])).toBe(fingerprint(set));
  expect(fingerprint([named("java", { labels: ["b", "a"] })])).toBe(
    fingerprint([named("java", { labels: ["a", "b"] })]),
  );
  for (const other of [
    [withPid("java", 1)],
    [...set, withPid("nginx", 2)],
    [withPid("java", 1), withPid("nginx", 3)],
    [named("java"), withPid("nginx", 2)],
    [withPid("java", 1), { ...withPid("nginx", 2), labels: ["canary"] }],
    [withPid("java", 1), { ...withPid("nginx", 2), kind: "k8s" as const }],
    [withPid("java", 1), { ...withPid("nginx", 2), profilable: true }],
  ]) {
    expect(fingerprint(other)).not.toBe(fingerprint(set));
  }
});
