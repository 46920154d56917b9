import { expect, it } from "vitest";
import { isTokenId, tokenNameFault } from "../../shared/access/token-name.ts";

it.each(["rover", "cluster-a", "eu.west_1", "0", "x".repeat(64), "cafe", "deadbeef-2"])("%j is a name", (name) => {
  expect(tokenNameFault(name)).toBeUndefined();
});

it.each(["", "-a", ".a", "Rover", "a b", "a/b", "ä", "a\n", "a".repeat(65)])("%j is no name", (name) => {
  expect(tokenNameFault(name)?.problem).toMatch(/^takes lower-case letters, digits/);
});

it.each(["deadbeef", "c40886935686", "12345678", "0".repeat(64)])("%j is no name: it reads like an id", (name) => {
  expect(tokenNameFault(name)?.problem).toContain("reads like an id");
  expect(isTokenId(name)).toBe(true);
});
