import { readFileSync } from "node:fs";

/** What a month of each costs; in the order in which a bill shows them. */
export const PRICED = [
  "lambdaRequests",
  "lambdaGbSeconds",
  "readUnits",
  "writeUnits",
  "tableGb",
  "recoveryGb",
  "sqsRequests",
  "s3Gb",
  "s3Puts",
  "s3Gets",
  "logGb",
  "logStoredGb",
  "vcpuHours",
  "memoryGbHours",
  "balancerHours",
  "balancerUnitHours",
  "addressHours",
  "ownMetrics",
  "alarmMetrics",
  "dashboards",
  "zoneGb",
  "outGb",
] as const;

export type Priced = (typeof PRICED)[number];

/** How much of each a month takes. */
export type Usage = Readonly<Record<Priced, number>>;

export interface Price {
  readonly what: string;
  /** Of `per` units, in the file's currency. */
  readonly price: number;
  readonly per: number;
  readonly unit: string;
  /** What an account has for nothing each month, for good, and not only in its first year. */
  readonly free: number;
  /** Where AWS lists it. */
  readonly page: string;
}

export interface Prices {
  /** Year and month in which they were looked up. */
  readonly date: string;
  readonly region: string;
  readonly currency: string;
  readonly prices: Readonly<Record<Priced, Price>>;
}

/** AWS's list prices, from prices.json beside this file; a test holds the file's shape. */
export function readPrices(): Prices {
  return JSON.parse(readFileSync(new URL("prices.json", import.meta.url), "utf8"));
}

/** "of us-east-1, looked up in June 2026": they may have changed since. */
export function pricesText({ date, region }: Pick<Prices, "date" | "region">): string {
  const month = new Date(`${date}-01`).toLocaleDateString("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
  return `of ${region}, looked up in ${month}`;
}
