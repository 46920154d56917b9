import { createHmac } from "node:crypto";
import { HTTP } from "cloudevents";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, test } from "vitest";
import type { SendContext } from "../../shared/collectors/kind.ts";
import { sendToWebhook } from "../../shared/collectors/webhook/send-to-webhook.ts";
import { SECRET } from "../support/collectors.ts";
import { PROFILE_ID, profileCollected, TASK_ID, taskReported } from "../support/delivered-events.ts";
import { contextForTest, type Request, recordingWebhook, webhookThat } from "../support/webhook-server.ts";

const OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const EVENT = taskReported();

let context: SendContext;
beforeEach(() => {
  context = contextForTest();
});

/** The signature as the Standard Webhooks spec tells it, without the library that we sign with. */
function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

function accepts(secret: string, { headers, body }: Request): boolean {
  try {
    new Webhook(secret).verify(body, headers as Record<string, string>);
    return true;
  } catch {
    return false;
  }
}

const firstOf = ([request]: readonly Request[]): Request => request ?? { headers: {}, body: "" };

describe("the signature", () => {
  test("as this file computes it is that of the spec's own example", () => {
    const signature = signatureOf(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", '{"test": 2432232314}');
    expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test.each([SECRET, OLD_SECRET, `whsec_${Buffer.alloc(64, 251).toString("base64")}`])(
    "is made over id, time in whole seconds and the bytes of the body, with the secret %s",
    async (secret) => {
      const { hook, requests } = await recordingWebhook({ secret });
      await sendToWebhook(hook, EVENT, context, { now: () => 1_614_265_330_999 });
      const { headers, body } = firstOf(requests);
      expect(headers).toMatchObject({
        "content-type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": EVENT.id,
        "webhook-timestamp": "1614265330",
        "webhook-signature": signatureOf(secret, EVENT.id, "1614265330", body),
      });
    },
  );

  test.each(["structured", "binary"] as const)(
    "is there twice during a rotation, the new one first: who has either secret can verify (%s)",
    async (mode) => {
      const previousSecretUntil = new Date(Date.now() + 60_000).toISOString();
      const { hook, requests } = await recordingWebhook({ previousSecret: OLD_SECRET, previousSecretUntil, mode });
      await sendToWebhook(hook, EVENT, context);
      const request = firstOf(requests);
      expect([SECRET, OLD_SECRET].map((secret) => accepts(secret, request))).toEqual([true, true]);
      expect(accepts(`whsec_${Buffer.alloc(24, 7).toString("base64")}`, request)).toBe(false);
      const { "webhook-timestamp": timestamp, "webhook-signature": signatures } = request.headers;
      const signed = (secret: string) => signatureOf(secret, EVENT.id, String(timestamp), request.body);
      expect(signatures).toBe(`${signed(SECRET)} ${signed(OLD_SECRET)}`);
    },
  );

  test("of the secret before is no longer there once its time is over", async () => {
    const previousSecretUntil = "2026-02-03T04:05:06.000Z";
    const { hook, requests } = await recordingWebhook({ previousSecret: OLD_SECRET, previousSecretUntil });
    const until = Date.UTC(2026, 1, 3, 4, 5, 6);
    for (const now of [until - 1, until]) await sendToWebhook(hook, EVENT, context, { now: () => now });
    const counts = requests.map(({ headers }) => String(headers["webhook-signature"]).split(" ").length);
    expect(counts).toEqual([2, 1]);
    const { headers, body } = firstOf(requests.slice(1));
    expect(headers["webhook-signature"]).toBe(
      signatureOf(SECRET, EVENT.id, String(headers["webhook-timestamp"]), body),
    );
  });
});

describe("a CloudEvent", () => {
  const ATTRIBUTES = {
    specversion: "1.0",
    id: TASK_ID,
    source: "/flashpoint/flashpoint",
    type: "flashpoint.task.reported.v1",
    subject: "checkout",
    time: "2026-02-03T04:05:06.789Z",
  };

  test.each(["structured", "binary"] as const)("in %s mode is read by the CloudEvents SDK", async (mode) => {
    const { hook, requests } = await recordingWebhook({ mode });
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({ kind: "delivered" });
    const request = firstOf(requests);
    expect(HTTP.toEvent(request)).toMatchObject({
      ...ATTRIBUTES,
      data: { taskId: TASK_ID, serviceName: "checkout", target: "PROFILING_TARGET_ON_CPU" },
    });
    expect(accepts(SECRET, request)).toBe(true);
  });

  test("in binary mode has its data as the body, and everything else in headers", async () => {
    const link = async () => ({ url: "https://example.com/file", expiresAt: 0 });
    const { hook, requests } = await recordingWebhook({ mode: "binary" });
    await sendToWebhook(hook, profileCollected({ link }), context);
    const { headers, body } = firstOf(requests);
    expect(headers).toMatchObject({
      "content-type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": PROFILE_ID,
      "ce-source": "/flashpoint/flashpoint",
      "ce-type": "flashpoint.profile.collected.v1",
      "ce-subject": "checkout",
      "ce-time": "2026-02-03T04:06:07.890Z",
      "webhook-id": PROFILE_ID,
    });
    expect(Object.keys(headers).filter((name) => name.startsWith("ce-"))).toHaveLength(6);
    expect(JSON.parse(body)).toMatchObject({
      task: { taskId: TASK_ID },
      profile: { profileId: PROFILE_ID },
      downloadUrl: "https://example.com/file",
      pprof: "AQID",
    });
  });

  test("in structured mode has no attributes in headers", async () => {
    const { hook, requests } = await recordingWebhook();
    await sendToWebhook(hook, EVENT, context);
    expect(Object.keys(firstOf(requests).headers).filter((name) => name.startsWith("ce-"))).toEqual([]);
  });

  // The first is the example of the spec, HTTP binding 1.0.2 §3.1.3.2.
  test.each([
    ["Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80"],
    ["100 %", "100%20%25"],
    ['the "best"', "the%20%22best%22"],
    ["tab\tnul\u0000line\r\nx-evil: 1", "tab%09nul%00line%0D%0Ax-evil:%201"],
    ["agent::checkout|eu|~!", "agent::checkout|eu|~!"],
    ["half a \ud83d pair", "half%20a%20%EF%BF%BD%20pair"],
  ])("in binary mode writes the service %j as %s", async (serviceName, written) => {
    const { hook, requests } = await recordingWebhook({ mode: "binary" });
    const outcome = await sendToWebhook(hook, taskReported({ serviceName: serviceName.toWellFormed() }), context);
    expect(outcome).toEqual({ kind: "delivered" });
    expect(firstOf(requests).headers["ce-subject"]).toBe(written);
    expect(firstOf(requests).headers).not.toHaveProperty("x-evil");
  });
});

describe("a collector's own headers", () => {
  test.each(["structured", "binary"] as const)("go along, and none of ours gives way (%s)", async (mode) => {
    const headers = { authorization: "Bearer hunter2", "x-team": "a, b" };
    const { hook, requests } = await recordingWebhook({ mode, headers });
    await sendToWebhook(hook, EVENT, context);
    expect(firstOf(requests).headers).toMatchObject({ ...headers, "user-agent": "flashpoint" });
    expect(accepts(SECRET, firstOf(requests))).toBe(true);
  });

  test("are in no reason, wherever the answer repeats them", async () => {
    const headers = { authorization: "Bearer hunter2-hunter2", "x-key": "sesame open" };
    const hook = await webhookThat(
      ({ headers: { authorization, "x-key": key } }, response) => {
        response
          .writeHead(401)
          .end(`no: ${authorization}, ${key}, hunter2-hunter2, ${encodeURIComponent(String(key))}`);
      },
      { headers },
    );
    const outcome = await sendToWebhook(hook, EVENT, context);
    expect(outcome).toMatchObject({ kind: "refused", reason: expect.stringMatching(/^answered 401: no: \[masked\]/) });
    for (const secret of ["hunter2", "sesame"]) expect(JSON.stringify(outcome)).not.toContain(secret);
  });

  test("and both signing secrets are masked", async () => {
    const told = `${OLD_SECRET} ${OLD_SECRET.slice("whsec_".length)} ${SECRET}`;
    const hook = await webhookThat((_, response) => response.writeHead(403).end(told), {
      previousSecret: OLD_SECRET,
      previousSecretUntil: "2020-01-01T00:00:00Z",
    });
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({
      kind: "refused",
      reason: "answered 403: [masked] [masked] [masked]",
    });
  });
});

describe("an address that is not allowed", () => {
  test.each(["http://10.0.0.1/events", "https://169.254.169.254/latest", "http://[::ffff:10.0.0.1]/"])(
    "is refused for good, and says so: %s",
    async (url) => {
      const { hook } = await recordingWebhook();
      expect(await sendToWebhook({ ...hook, url }, EVENT, context)).toEqual({
        kind: "refused",
        reason: expect.stringMatching(/^blocked: .*FLASHPOINT_COLLECTOR_NETWORKS/),
      });
    },
  );
});
