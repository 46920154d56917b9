import type { Kind } from "../kind.ts";
import { type PyroscopeCollector, readPyroscope } from "./pyroscope-collector.ts";

export const pyroscope: Kind<PyroscopeCollector> = {
  takes: ["profiles"],
  defaultEvents: ["profiles"],
  attributes: ["username", "password", "tenant"],
  secrets: { password: () => "…" },
  ownHeaders: ({ username }) => ({
    "x-scope-orgid": "tenant",
    ...(username !== undefined && { authorization: "username" }),
  }),
  read: readPyroscope,
  // Loaded when there is something to send: neither the CLI nor a poll needs it.
  async send(collector, event, context) {
    const { pushToPyroscope } = await import("./push-to-pyroscope.ts");
    return pushToPyroscope(collector, event, context);
  },
  async test(collector, context) {
    const { pushSample } = await import("./push-to-pyroscope.ts");
    return pushSample(collector, context);
  },
};
