import fc from "fast-check";
import { expect, it } from "vitest";
import { fileNamesOf } from "../../cli/policies/file-name.ts";

const namesOf = (...services: string[]): string[] => [...fileNamesOf(services).values()];

it("a service's file has its name where every file system takes it", () => {
  expect(namesOf("checkout", "shop.cart-2", "A_b")).toEqual(["checkout.yaml", "shop.cart-2.yaml", "A_b.yaml"]);
});

it("names that differ in capitals only, or that a path would lead elsewhere, go on with their hashes", () => {
  // printf '%s' NAME | sha256sum | cut -c1-8
  expect(namesOf("cart", "Cart")).toEqual(["cart-1c42ddc0.yaml", "Cart-6d2d59ae.yaml"]);
  expect(namesOf("../up")).toEqual(["_._up-8c722b8a.yaml"]);
});

it("a name that ends like a hash is not that of another's file", () => {
  // printf '%s' a/b | sha256sum | cut -c1-8
  for (const like of ["a_b-c14cddc0", "A_B-C14CDDC0"]) {
    const [name, other] = namesOf("a/b", like);
    expect(name).toBe("a_b-c14cddc0.yaml");
    expect(other?.toLowerCase()).not.toBe(name);
  }
});

it("whatever services are called, their files have short, plain names, each another one", () => {
  const anyNames = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 300, unit: "grapheme" }), { maxLength: 10 });
  fc.assert(
    fc.property(anyNames, (services) => {
      const names = namesOf(...services);
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(services.length);
      for (const name of names) expect(name).toMatch(/^\w[\w.-]{0,119}\.yaml$/);
    }),
  );
});
