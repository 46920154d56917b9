import type { Kind } from "../kind.ts";
import { readSkyWalking, type SkyWalkingCollector } from "./skywalking-collector.ts";

export const skywalking: Kind<SkyWalkingCollector> = {
  takes: ["tasks"],
  defaultEvents: ["tasks"],
  attributes: ["authentication"],
  secrets: { authentication: () => "…" },
  ownHeaders: () => ({ authentication: "authentication" }),
  read: readSkyWalking,
  // Loaded when there is something to send: neither the CLI nor a poll needs it.
  async send(collector, event, context) {
    const { reportToOap } = await import("./report-to-oap.ts");
    return reportToOap(collector, event, context);
  },
  async test(collector, context) {
    const { askOap } = await import("./report-to-oap.ts");
    return askOap(collector, context);
  },
};
