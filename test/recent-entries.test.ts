import { expect, it } from "vitest";
import { createRecentEntries } from "../shared/recent-entries.ts";

const KEYS = ["a", "b", "c", "d"];

function held(entries: ReturnType<typeof createRecentEntries<string>>): string[] {
  return KEYS.filter((key) => entries.get(key) !== undefined);
}

it("gives what was set last, until it is deleted", () => {
  const entries = createRecentEntries<string>({ maxEntries: 2 });
  entries.set("a", "first");
  entries.set("a", "second");
  expect(entries.get("a")).toBe("second");
  entries.delete("a");
  expect(entries.get("a")).toBeUndefined();
});

it("holds no more entries than allowed; the oldest goes that nobody asked for", () => {
  const entries = createRecentEntries<string>({ maxEntries: 3 });
  for (const key of ["a", "b", "c"]) entries.set(key, key);
  entries.get("a");
  entries.set("d", "d");
  expect(held(entries)).toEqual(["a", "c", "d"]);
});

it("drops the oldest if everybody was asked for", () => {
  const entries = createRecentEntries<string>({ maxEntries: 3 });
  for (const key of ["a", "b", "c"]) entries.set(key, key);
  expect(held(entries)).toEqual(["a", "b", "c"]);
  entries.set("d", "d");
  expect(held(entries)).toEqual(["b", "c", "d"]);
});

it("an entry that is set anew takes its old place from nobody", () => {
  const entries = createRecentEntries<string>({ maxEntries: 2 });
  entries.set("a", "a");
  entries.set("b", "b");
  entries.set("b", "b again");
  expect(held(entries)).toEqual(["a", "b"]);
});

it("holds no more bytes than allowed, and gives those back that are dropped", () => {
  const entries = createRecentEntries<string>({ maxEntries: 9, maxBytes: 10, bytesOf: (value) => value.length });
  entries.set("a", "xxxxxx");
  entries.set("b", "xxxx");
  expect(held(entries)).toEqual(["a", "b"]);
  entries.delete("a");
  entries.set("c", "xxxxxx");
  expect(held(entries)).toEqual(["b", "c"]);
  entries.set("c", "xx");
  entries.set("d", "xxxx");
  expect(held(entries)).toEqual(["b", "c", "d"]);
  entries.set("a", "xxxxxxxxx");
  expect(held(entries)).toEqual(["a"]);
});

it("does not keep what alone is larger than allowed, nor what stood there before", () => {
  const entries = createRecentEntries<string>({ maxEntries: 9, maxBytes: 3, bytesOf: (value) => value.length });
  entries.set("a", "xxx");
  entries.set("b", "xxxx");
  expect(held(entries)).toEqual(["a"]);
  entries.set("a", "xxxx");
  expect(held(entries)).toEqual([]);
});
