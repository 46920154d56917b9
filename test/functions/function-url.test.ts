import { expect, test } from "vitest";
import { createFunctionUrlHandler } from "../../functions/agent-api/function-url.ts";
import { eventOf } from "../support/lambda-fetch.ts";

/** A host of nothing but an echo of one header, to look at the way there and back. */
const handler = createFunctionUrlHandler(async ({ header }) => ({
  status: 200,
  header: new Headers({ "x-echo": header.get("x-note") ?? "" }),
}));

async function answerTo(headers: Record<string, string>) {
  const event = await eventOf(new Request("https://function-url.test/x", { method: "POST", body: "{}" }));
  return handler({ ...event, headers: { ...event.headers, ...headers } });
}

test.each([
  ["a value outside Latin-1", { "x-note": "日本" }],
  ["an emoji", { "x-note": "🔥" }],
  ["a line break", { "x-note": "a\r\nb" }],
  ["a name that is none", { "x note": "a" }],
])("a header with %s is answered 400, and the next call is served", async (_what, headers) => {
  expect(await answerTo(headers)).toMatchObject({ statusCode: 400 });
  expect(await answerTo({ "x-note": "é" })).toMatchObject({ statusCode: 200, headers: { "x-echo": "é" } });
});
