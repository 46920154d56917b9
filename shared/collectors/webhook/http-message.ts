import type { CloudEvent } from "./cloud-event.ts";
import type { WebhookCollector } from "./webhook-collector.ts";

/** A CloudEvent as it stands in a request. */
export interface HttpMessage {
  headers: Record<string, string>;
  body: string;
}

/** Writes an event in one of the ways of CloudEvents' HTTP binding (spec v1.0.2). */
export function httpMessageOf(event: CloudEvent, mode: WebhookCollector["mode"]): HttpMessage {
  return mode === "binary" ? inBinary(event) : structured(event);
}

/** §3.2: all of it in the body. */
function structured(event: CloudEvent): HttpMessage {
  return {
    headers: { "content-type": "application/cloudevents+json; charset=utf-8" },
    body: JSON.stringify(event),
  };
}

/** §3.1: `data` is the body, the rest stands in headers. */
function inBinary({ data, datacontenttype, ...attributes }: CloudEvent): HttpMessage {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, inHeader(value)]);
  return {
    headers: { ...Object.fromEntries(headers), "content-type": datacontenttype },
    body: JSON.stringify(data),
  };
}

/** §3.1.3.2: blanks, quotes, percent signs and what is not printable ASCII, each byte of their UTF-8. */
function inHeader(value: string): string {
  return value.replace(/[^!-~]|["%]/gu, (character) =>
    [...Buffer.from(character, "utf8")].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""),
  );
}
