import type { Fault } from "../errors.ts";

/** Adds a fault to the address of a collector behind which the paths of its methods are put. */
export function requireBaseAddress({ url }: Readonly<Record<string, unknown>>, of: string, faults: Fault[]): void {
  if (typeof url !== "string" || !URL.canParse(url) || !/[?#]/.test(url)) return;
  faults.push({ path: "url", problem: `has a query or fragment; it takes the base address of ${of}` });
}
