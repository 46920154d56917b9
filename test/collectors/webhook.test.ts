import type { ServerResponse } from "node:http";
import { beforeEach, describe, expect, test } from "vitest";
import type { SendContext } from "../../shared/collectors/kind.ts";
import { sendToWebhook } from "../../shared/collectors/webhook/send-to-webhook.ts";
import { NotFound, Unavailable } from "../../shared/errors.ts";
import { SECRET } from "../support/collectors.ts";
import { PROFILE_ID, profileCollected, TASK_ID, taskReported } from "../support/delivered-events.ts";
import { startSwitchableProxy } from "../support/switchable-proxy.ts";
import { until } from "../support/until.ts";
import { contextForTest, recordingWebhook, textOf, webhookThat } from "../support/webhook-server.ts";

const EVENT = taskReported();
const NOW = Date.UTC(2026, 1, 3, 4, 5, 6);

let context: SendContext;
beforeEach(() => {
  context = contextForTest();
});

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
    const hook = await webhookThat((_, response) => response.writeHead(status).end());
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({ kind: "delivered" });
  });

  test("if the answer is 200 with a body that is cut off", async () => {
    const hook = await webhookThat((_, response) => cutOff(response, 200));
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({ kind: "delivered" });
  });

  test("if the answer is 200 with a body that never ends, which nobody goes on holding", async () => {
    let isClosed = false;
    const hook = await webhookThat((_, response) => {
      neverEnd(response, 200);
      response.once("close", () => {
        isClosed = true;
      });
    });
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({ kind: "delivered" });
    await until("the connection is closed", () => isClosed || undefined, 5_000);
  });
});

describe("an event is refused for good", () => {
  test.each([400, 401, 403, 404, 413, 422])("if the answer is %i, whose body says why", async (status) => {
    const hook = await webhookThat((_, response) => response.writeHead(status, { "retry-after": "1" }).end(" never\n"));
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({ kind: "refused", reason: `answered ${status}: never` });
  });

  test("if the answer is 410: the collector is gone", async () => {
    const hook = await webhookThat((_, response) => response.writeHead(410).end("moved out"));
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({ kind: "gone", reason: "answered 410: moved out" });
  });

  test.each([301, 302, 303, 307, 308])("if the answer is %i, and the redirect is not followed", async (status) => {
    const asked: (string | undefined)[] = [];
    const hook = await webhookThat(({ url }, response) => {
      asked.push(url);
      response.writeHead(url === "/events" ? status : 200, { location: "/elsewhere" }).end();
    });
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({
      kind: "refused",
      reason: `answered ${status}; redirects are not followed`,
    });
    expect(asked).toEqual(["/events"]);
  });
});

describe("an event is tried again", () => {
  test.each([408, 425, 429, 500, 503])("if the answer is %i, whose body says why", async (status) => {
    const hook = await webhookThat((_, response) => response.writeHead(status).end(" not now\n"));
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({ kind: "retry", reason: `answered ${status}: not now` });
  });

  test.each([
    ["seconds", "120"],
    ["a date", new Date(NOW + 120_000).toUTCString()],
  ])("if the answer is 429, no sooner than its Retry-After asks for in %s", async (_, header) => {
    const hook = await webhookThat((_, response) => response.writeHead(429, { "retry-after": header }).end());
    const now = () => NOW;
    const outcome = { kind: "retry", reason: "answered 429", retryAfterSeconds: 120 };
    expect(await sendToWebhook(hook, EVENT, context, { now })).toEqual(outcome);
  });

  test("if the answer is 503 with a body that is cut off", async () => {
    const hook = await webhookThat((_, response) => cutOff(response, 503));
    const outcome = await sendToWebhook(hook, EVENT, context);
    expect(outcome).toEqual({ kind: "retry", reason: expect.stringMatching(/^answered 503(: not n)?$/) });
  });

  test("if the answer is 503 with a body that does not end in time", async () => {
    const hook = await webhookThat((_, response) => neverEnd(response, 503), { timeoutSeconds: 0.3 });
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({
      kind: "retry",
      reason: "answered 503: not n",
    });
  }, 5_000);

  test("if the answer is 503 with a body without end, of which no more than a little is kept", async () => {
    const hook = await webhookThat((_, response) => {
      response.writeHead(503);
      const more = (): void => {
        while (response.write("x".repeat(1_000)));
      };
      response.on("drain", more);
      more();
    });
    const outcome = await sendToWebhook(hook, EVENT, context);
    expect(outcome).toEqual({ kind: "retry", reason: `answered 503: ${"x".repeat(512)}` });
  });

  test("if no answer comes in time", async () => {
    const hook = await webhookThat(() => {}, { timeoutSeconds: 1 });
    expect(await sendToWebhook(hook, EVENT, context)).toEqual({ kind: "retry", reason: "no answer within 1000 ms" });
  }, 5_000); // the usual bound of 10 s is over this

  test("if the connection breaks before an answer", async () => {
    const hook = await webhookThat((request) => request.socket.destroy());
    expect(await sendToWebhook(hook, EVENT, context)).toMatchObject({
      kind: "retry",
      reason: expect.stringMatching(/./),
    });
  });

  test("if nobody listens", async () => {
    const proxy = await startSwitchableProxy(0);
    await proxy.close();
    const hook = { ...(await webhookThat(() => {})), url: `http://127.0.0.1:${proxy.port}/` };
    const outcome = await sendToWebhook(hook, EVENT, context);
    expect(outcome).toEqual({ kind: "retry", reason: `connect ECONNREFUSED 127.0.0.1:${proxy.port}` });
  });

  test("whose address says https where nobody speaks it: TLS is named, in words that a person can use", async () => {
    const hook = await webhookThat((_, response) => response.end());
    const outcome = await sendToWebhook({ ...hook, url: hook.url.replace("http:", "https:") }, EVENT, context);
    expect(outcome).toEqual({ kind: "retry", reason: "TLS failed: wrong version number" });
  });
});

describe("a reported task", () => {
  test("is a CloudEvent with the task as data", async () => {
    const { hook, requests } = await recordingWebhook();
    const event = { ...taskReported({ serviceName: "chéckout 日本" }), id: "01900000-0000-7000-8000-00000000000a" };
    expect(await sendToWebhook(hook, event, { ...context, stack: "fp-eu" })).toEqual({ kind: "delivered" });
    expect(requests[0]?.headers["webhook-id"]).toBe("01900000-0000-7000-8000-00000000000a");
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
      specversion: "1.0",
      id: "01900000-0000-7000-8000-00000000000a",
      source: "/flashpoint/fp-eu",
      type: "flashpoint.task.reported.v1",
      subject: "chéckout 日本",
      time: "2026-02-03T04:05:06.789Z",
      datacontenttype: "application/json",
      data: {
        taskId: TASK_ID,
        layer: "OS_LINUX",
        serviceName: "chéckout 日本",
        instanceName: "pod-1",
        processName: "java",
        target: "PROFILING_TARGET_ON_CPU",
        durationSeconds: 600,
        reportedAt: "2026-02-03T04:05:06.789Z",
      },
    });
  });
});

const SIGNATURE = "0123456789abcdef".repeat(4);
const ACCESS_KEY = "ASIAIOSFODNN7EXAMPLE";
const TOKEN = "IQoJb3JpZ2luX2VjEJr//////////wEaCWV1LXdlc3QtMSJIMEYCIQ==";
const LINK = linkWith({
  "X-Amz-Credential": `${ACCESS_KEY}/20260203/eu-west-1/s3/aws4_request`,
  "X-Amz-Date": "20260203T040607Z",
  "X-Amz-Expires": "3600",
  "X-Amz-Security-Token": TOKEN,
  "X-Amz-Signature": SIGNATURE,
});
function linkWith(query: Record<string, string>): string {
  return `https://profiles.s3.eu-west-1.amazonaws.com/checkout/1.pb.gz?${new URLSearchParams(query)}`;
}
const link = async () => ({ url: LINK, expiresAt: Date.UTC(2026, 1, 3, 5, 0, 0) });

describe("a collected profile", () => {
  test("is a CloudEvent with the task, the profile, a link and, if it is small, the file", async () => {
    const { hook, requests } = await recordingWebhook();
    const event = profileCollected({ bytes: new Uint8Array([1, 2, 3]), link });
    expect(await sendToWebhook(hook, event, { ...context, stack: "fp-eu" })).toEqual({ kind: "delivered" });
    expect(requests[0]?.headers["webhook-id"]).toBe(PROFILE_ID);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
      specversion: "1.0",
      id: PROFILE_ID,
      source: "/flashpoint/fp-eu",
      type: "flashpoint.profile.collected.v1",
      subject: "checkout",
      time: "2026-02-03T04:06:07.890Z",
      datacontenttype: "application/json",
      data: {
        task: expect.objectContaining({ taskId: TASK_ID, serviceName: "checkout" }),
        profile: {
          profileId: PROFILE_ID,
          taskId: TASK_ID,
          target: "PROFILING_TARGET_ON_CPU",
          collectedAt: "2026-02-03T04:06:07.890Z",
          objectBytes: "3",
        },
        downloadUrl: LINK,
        downloadUrlExpiresAt: "2026-02-03T05:00:00Z",
        pprof: "AQID",
      },
    });
  });

  test("of 64 KiB carries its file", async () => {
    const { hook, requests } = await recordingWebhook();
    const bytes = Buffer.alloc(65_536, 7);
    expect(await sendToWebhook(hook, profileCollected({ bytes, link }), context)).toEqual({ kind: "delivered" });
    const { data } = JSON.parse(requests[0]?.body ?? "");
    expect(data.downloadUrl).toBe(LINK);
    expect(Buffer.from(data.pprof, "base64").equals(bytes)).toBe(true);
  });

  test("of a byte more carries just the link; the file is not even read", async () => {
    const { hook, requests } = await recordingWebhook();
    let reads = 0;
    const read = async () => {
      reads += 1;
      return new Uint8Array(65_537);
    };
    const event = profileCollected({ read, link }, { profile: { objectBytes: 65_537n } });
    expect(await sendToWebhook(hook, event, context)).toEqual({ kind: "delivered" });
    const { data } = JSON.parse(requests[0]?.body ?? "");
    expect(data.downloadUrl).toBe(LINK);
    expect(data).not.toHaveProperty("pprof");
    expect(reads).toBe(0);
  });

  test("gets a fresh link with each attempt", async () => {
    const { hook, requests } = await recordingWebhook();
    let links = 0;
    const event = profileCollected({
      link: async () => {
        links += 1;
        return { url: `https://example.com/?n=${links}`, expiresAt: 0 };
      },
    });
    for (const _ of [1, 2]) await sendToWebhook(hook, event, context);
    const sent = requests.map(({ body }) => JSON.parse(body).data.downloadUrl);
    expect(sent).toEqual(["https://example.com/?n=1", "https://example.com/?n=2"]);
  });

  describe.each([new NotFound("the profile has expired"), new Unavailable("S3 did not answer")])(
    "is not sent, and %s goes to the caller,",
    (error) => {
      test.each([
        ["its file cannot be read", { read: () => Promise.reject(error), link }, 3n],
        ["there is no link to its file", { link: () => Promise.reject(error) }, 3n],
        ["there is no link to its file, which is too large to be read", { link: () => Promise.reject(error) }, 65_537n],
      ])("if %s", async (_, file, objectBytes) => {
        const { hook, requests } = await recordingWebhook();
        const event = profileCollected(file, { profile: { objectBytes } });
        await expect(sendToWebhook(hook, event, context)).rejects.toBe(error);
        expect(requests).toEqual([]);
      });
    },
  );

  test("that is refused leaves the answer for the operator", async () => {
    const hook = await webhookThat((_, response) => response.writeHead(400).end("this type is not known"));
    const outcome = await sendToWebhook(hook, profileCollected({ link }), context);
    expect(outcome).toEqual({ kind: "refused", reason: "answered 400: this type is not known" });
  });

  test.each<[string, (body: string) => string]>([
    ["the event", (body) => body.slice(body.indexOf('"downloadUrl"'))],
    ["the link from its query on", () => LINK.slice(LINK.indexOf("?"))],
    ["the link in HTML", () => `<p>${LINK.slice(LINK.indexOf("?")).replaceAll("&", "&amp;")}`],
    ["the link as a parameter", () => encodeURIComponent(LINK.slice(LINK.indexOf("?")))],
    ["the query's values", () => `${ACCESS_KEY}, ${TOKEN}, ${SIGNATURE}`],
    ["the signature where the answer is cut", () => `${"x".repeat(512 - 32)}${SIGNATURE}`],
  ])("that is refused with an answer that repeats %s leaves nothing behind that opens the file", async (_, answer) => {
    const hook = await webhookThat(async (request, response) => {
      response.writeHead(400).end(answer(await textOf(request)));
    });
    const outcome = await sendToWebhook(hook, profileCollected({ link }), context);
    expect(outcome).toEqual({ kind: "refused", reason: expect.stringMatching(/^answered 400: .*\[masked\]/) });
    for (const secret of [ACCESS_KEY, TOKEN, encodeURIComponent(TOKEN), SIGNATURE]) {
      expect(JSON.stringify(outcome)).not.toContain(secret.slice(0, 8));
    }
  });

  test("that is refused for a reason in words of the link keeps the reason", async () => {
    const reason = "backend in eu-west-1 is overloaded since 20260203T040607Z, X-Amz-Expires is 3600";
    const hook = await webhookThat((_, response) => response.writeHead(503).end(reason));
    const outcome = await sendToWebhook(hook, profileCollected({ link }), context);
    expect(outcome).toEqual({ kind: "retry", reason: `answered 503: ${reason}` });
  });

  test("of the embedded S3, whose access key is the word local, keeps a reason with that word", async () => {
    const url = linkWith({ "X-Amz-Credential": "local/20260203/local/s3/aws4_request", "X-Amz-Signature": SIGNATURE });
    const hook = await webhookThat((_, response) => response.writeHead(503).end(`local disk is full: ${SIGNATURE}`));
    const event = profileCollected({ link: async () => ({ url, expiresAt: 0 }) });
    expect(await sendToWebhook(hook, event, context)).toMatchObject({
      reason: "answered 503: local disk is full: [masked]",
    });
  });
});

test.each([SECRET, SECRET.slice("whsec_".length)])(
  "an answer that tells the secret %s is kept without",
  async (told) => {
    const hook = await webhookThat((_, response) => response.writeHead(401).end(`${told} does not sign like this`));
    const outcome = await sendToWebhook(hook, EVENT, context);
    expect(outcome).toEqual({ kind: "refused", reason: "answered 401: [masked] does not sign like this" });
  },
);
