import type { Kind } from "../kind.ts";
import { type PyroscopeCollector, readPyroscope } from "./pyroscope-collector.ts";

export const pyroscope: Kind<PyroscopeCollector> = {
  takes: ["profiles"],
  defaultEvents: ["profiles"],
  attributes: ["username", "password", "tenant"],
  secrets: { password: () => "…" },
  read: readPyroscope,
  // Loaded when there is something to send: neither the CLI nor a poll needs it.
  async send(collector, event) {
    const { pushToPyroscope } = await import("./push-to-pyroscope.ts");
    return pushToPyroscope(collector, event);
  },
};
