import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Collector } from "../../shared/collectors/collector.ts";
import type { CloudEvent } from "../../shared/collectors/event.ts";
import { sendToWebhook } from "../../shared/collectors/webhook/webhook.ts";
import { startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";

const SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const EVENT: CloudEvent = {
  specversion: "1.0",
  id: "01900000-0000-7000-8000-000000000001",
  source: "/flashpoint/flashpoint",
  type: "flashpoint.task.reported.v1",
  subject: "checkout",
  time: "2026-02-03T04:05:06.789Z",
  datacontenttype: "application/json",
  data: { serviceName: "chéckout 日本" },
};

/** A webhook on 127.0.0.1 that does as it is told. */
async function webhook(answer: RequestListener): Promise<Collector> {
  const server = createServer(answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  });
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}/events`;
  return { name: "hook", kind: "webhook", url, enabled: true, services: ["*"], secret: SECRET };
}

/** Begins a body and breaks the connection off. */
function cutOff(response: ServerResponse, status: number): void {
  response.writeHead(status, { "content-length": 1_000 });
  response.write("not n", () => response.destroy());
}

/** Begins a body and never ends it. */
function neverEnd(response: ServerResponse, status: number): void {
  response.writeHead(status);
  response.write("not n");
}

describe("an event counts as delivered", () => {
  test.each([200, 201, 202, 204, 299])("if the answer is %i", async (status) => {
    const hook = await webhook((_, response) => response.writeHead(status).end());
    expect(await sendToWebhook(hook, EVENT)).toEqual({ kind: "delivered" });
  });

  test("if the answer is 200 with a body that is cut off", async () => {
    const hook = await webhook((_, response) => cutOff(response, 200));
    expect(await sendToWebhook(hook, EVENT)).toEqual({ kind: "delivered" });
  });

  test("if the answer is 200 with a body that never ends, which nobody goes on holding", async () => {
    let isClosed = false;
    const hook = await webhook((_, response) => {
      neverEnd(response, 200);
      response.once("close", () => {
        isClosed = true;
      });
    });
    expect(await sendToWebhook(hook, EVENT)).toEqual({ kind: "delivered" });
    await until("the connection is closed", () => isClosed || undefined, 5_000);
  });
});

describe("an event is tried again", () => {
  test.each([400, 404, 410, 429, 500, 503])("if the answer is %i, whose body says why", async (status) => {
    const hook = await webhook((_, response) => response.writeHead(status).end(" not now\n"));
    expect(await sendToWebhook(hook, EVENT)).toEqual({ kind: "retry", reason: `answered ${status}: not now` });
  });

  test("if the answer is 503 with a body that is cut off", async () => {
    const hook = await webhook((_, response) => cutOff(response, 503));
    const outcome = await sendToWebhook(hook, EVENT);
    expect(outcome).toEqual({ kind: "retry", reason: expect.stringMatching(/^answered 503(: not n)?$/) });
  });

  test("if the answer is 503 with a body that does not end in time", async () => {
    const hook = await webhook((_, response) => neverEnd(response, 503));
    expect(await sendToWebhook(hook, EVENT, { timeoutMs: 300 })).toEqual({
      kind: "retry",
      reason: "answered 503: not n",
    });
  }, 5_000);

  test("if the answer is 503 with a body without end, of which no more than a little is kept", async () => {
    const hook = await webhook((_, response) => {
      response.writeHead(503);
      const more = (): void => {
        while (response.write("x".repeat(1_000)));
      };
      response.on("drain", more);
      more();
    });
    const outcome = await sendToWebhook(hook, EVENT);
    expect(outcome).toEqual({ kind: "retry", reason: `answered 503: ${"x".repeat(512)}` });
  });

  test.each([301, 302, 303, 307, 308])("if the answer is %i, and the redirect is not followed", async (status) => {
    const asked: (string | undefined)[] = [];
    const hook = await webhook(({ url }, response) => {
      asked.push(url);
      response.writeHead(url === "/events" ? status : 200, { location: "/elsewhere" }).end();
    });
    expect(await sendToWebhook(hook, EVENT)).toEqual({ kind: "retry", reason: `answered ${status}` });
    expect(asked).toEqual(["/events"]);
  });

  test("if no answer comes in time", async () => {
    const hook = await webhook(() => {});
    const outcome = await sendToWebhook(hook, EVENT, { timeoutMs: 50 });
    expect(outcome).toEqual({ kind: "retry", reason: "no answer within 50 ms" });
  }, 5_000); // the usual bound of 10 s is over this

  test("if the connection breaks before an answer", async () => {
    const hook = await webhook((request) => request.socket.destroy());
    expect(await sendToWebhook(hook, EVENT)).toMatchObject({ kind: "retry", reason: expect.stringMatching(/./) });
  });

  test("if nobody listens", async () => {
    const proxy = await startSwitchableProxy(0);
    await proxy.close();
    const hook = { ...(await webhook(() => {})), url: `http://127.0.0.1:${proxy.port}/` };
    const outcome = await sendToWebhook(hook, EVENT);
    expect(outcome).toEqual({ kind: "retry", reason: `connect ECONNREFUSED 127.0.0.1:${proxy.port}` });
  });
});

/** The signature as the Standard Webhooks spec tells it, without the library that we sign with. */
function signatureOf(secret: string, id: string, timestamp: string, body: string): string {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  return `v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`;
}

describe("the signature", () => {
  test("as this file computes it is that of the spec's own example", () => {
    const signature = signatureOf(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", '{"test": 2432232314}');
    expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });

  test.each([SECRET, "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD", `whsec_${Buffer.alloc(64, 251).toString("base64")}`])(
    "is made over id, time in whole seconds and the bytes of the body, with the secret %s",
    async (secret) => {
      const requests: { headers: IncomingMessage["headers"]; body: string }[] = [];
      const hook = await webhook(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        requests.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
        response.writeHead(204).end();
      });
      await sendToWebhook({ ...hook, secret }, EVENT, { now: () => 1_614_265_330_999 });
      const [{ headers, body } = { headers: {}, body: "" }] = requests;
      expect(JSON.parse(body)).toEqual(EVENT);
      expect(headers).toMatchObject({
        "content-type": "application/cloudevents+json; charset=utf-8",
        "webhook-id": EVENT.id,
        "webhook-timestamp": "1614265330",
        "webhook-signature": signatureOf(secret, EVENT.id, "1614265330", body),
      });
    },
  );
});
