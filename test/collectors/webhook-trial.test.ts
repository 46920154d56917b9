import { HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { kindNamed } from "../../shared/collectors/kinds.ts";
import { SECRET } from "../support/collectors.ts";
import { contextForTest, recordingWebhook, webhookThat } from "../support/webhook-server.ts";

const { test: tryOut } = kindNamed("webhook");
const UUIDV7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

test.each(["structured", "binary"] as const)(
  "a webhook is tried with a signed CloudEvent of a type of its own, each time another (%s)",
  async (mode) => {
    const { hook, requests } = await recordingWebhook({ name: "pager", mode, headers: { "x-team": "a" } });
    const context = contextForTest("fp-eu");
    for (const _ of [1, 2]) expect(await tryOut(hook, context)).toEqual({ kind: "delivered", answer: "204" });
    const events = requests.map((request) => HTTP.toEvent(request));
    expect(events).toEqual([expect.anything(), expect.anything()]);
    for (const [index, event] of events.entries()) {
      expect(event).toMatchObject({
        id: expect.stringMatching(UUIDV7),
        source: "/flashpoint/fp-eu",
        type: "flashpoint.test.v1",
        subject: "pager",
        data: { message: expect.stringMatching(/test/) },
      });
      const { headers, body } = requests[index] ?? { headers: {}, body: "" };
      new Webhook(SECRET).verify(body, headers as Record<string, string>);
      expect(headers["x-team"]).toBe("a");
    }
    expect(new Set(requests.map(({ headers }) => headers["webhook-id"])).size).toBe(2);
  },
);

test.each([
  [200, "ok", "200: ok"],
  [202, " \n", "202"],
  [201, "x".repeat(600), `201: ${"x".repeat(512)}`],
  [200, `you sent ${SECRET}`, "200: you sent [masked]"],
])("what it answers is told, if it takes the event with %i and %j", async (status, body, answer) => {
  const hook = await webhookThat((_, response) => response.writeHead(status).end(body));
  expect(await tryOut(hook, contextForTest())).toEqual({ kind: "delivered", answer });
});

test("if it does not, the outcome is that of an event", async () => {
  const context = contextForTest();
  const refusing = await webhookThat((_, response) => response.writeHead(401).end("who are you?"));
  expect(await tryOut(refusing, context)).toEqual({ kind: "refused", reason: "answered 401: who are you?" });
  const busy = await webhookThat((_, response) => response.writeHead(503, { "retry-after": "7" }).end());
  expect(await tryOut(busy, context)).toEqual({ kind: "retry", reason: "answered 503", retryAfterSeconds: 7 });
  const blocked = { ...busy, url: "http://192.168.0.1/" };
  expect(await tryOut(blocked, context)).toMatchObject({ kind: "refused" });
});
