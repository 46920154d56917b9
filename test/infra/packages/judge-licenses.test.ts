import { describe, expect, it } from "vitest";
import { type Exception, judgeLicenses } from "../../../infra/packages/judge-licenses.ts";
import type { LockedPackage } from "../../../infra/packages/locked-packages.ts";

function packageUnder(license: string | undefined, name = "left-pad"): LockedPackage {
  return { path: `node_modules/${name}`, name, version: "1.2.3", ...(license !== undefined && { license }) };
}

const faultsOf = (license: string | undefined, exceptions: readonly Exception[] = []) =>
  judgeLicenses([packageUnder(license)], exceptions).faults;

describe("a package may go out", () => {
  it.each([
    "MIT",
    "Apache-2.0",
    "(Apache-2.0 AND BSD-3-Clause)",
    "MIT OR GPL-3.0-or-later",
    "(MIT OR (GPL-2.0-only AND ISC))",
  ])("under %s", (license) => expect(faultsOf(license)).toEqual([]));
});

describe("a package may not go out", () => {
  it.each([
    "GPL-3.0-only",
    "AGPL-3.0-or-later",
    "LGPL-2.1-only",
    "MPL-2.0",
    "BUSL-1.1",
    "SSPL-1.0",
    "CC-BY-NC-4.0",
    "MIT AND GPL-2.0-only",
  ])("under %s", (license) => {
    const [fault] = faultsOf(license);
    expect(fault).toContain(`node_modules/left-pad (1.2.3) is under ${license}, which is not allowed: take another`);
    expect(fault).toContain("infra/packages/license-exceptions.ts");
  });

  it.each(["UNLICENSED", "SEE LICENSE IN LICENSE.txt", "Apache 2.0", "BSD", "mit"])(
    "under %j, which is no SPDX expression",
    (license) => expect(faultsOf(license)[0]).toContain(`names as its license "${license}", which is no SPDX`),
  );

  it("without a license", () => expect(faultsOf(undefined)[0]).toContain("node_modules/left-pad (1.2.3) names no"));
});

it("every fault is listed, and every license is counted, the most frequent first", () => {
  const { counts, faults } = judgeLicenses(
    [packageUnder("ISC", "a"), packageUnder("GPL-2.0-only", "b"), packageUnder(undefined, "c"), packageUnder("ISC")],
    [],
  );
  expect(faults.map((fault) => fault.split(" ")[0])).toEqual(["node_modules/b", "node_modules/c"]);
  expect(counts).toEqual([
    ["ISC", 2],
    ["GPL-2.0-only", 1],
    ["none named", 1],
  ]);
});

describe("an exception", () => {
  const exception = { name: "left-pad", version: "1.2.3", license: "MIT", reason: "its file LICENSE is MIT's text" };

  it("lets the version out that it names", () => {
    expect(judgeLicenses([packageUnder(undefined)], [exception])).toEqual({ counts: [["MIT", 1]], faults: [] });
  });

  it("lets out no other version, and no other package", () => {
    expect(faultsOf(undefined, [{ ...exception, version: "1.2.4" }])[0]).toContain("names no license");
    expect(faultsOf(undefined, [{ ...exception, name: "right-pad" }])[0]).toContain("names no license");
  });

  it("is a fault without a reason, and once nothing needs it", () => {
    expect(faultsOf(undefined, [{ ...exception, reason: " " }])).toEqual([
      "the exception for left-pad@1.2.3 gives no reason",
    ]);
    expect(faultsOf("MIT", [exception])).toEqual(["the exception for left-pad@1.2.3 is for nothing here: take it out"]);
  });
});
