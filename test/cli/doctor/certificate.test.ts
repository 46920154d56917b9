import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Context } from "../../../cli/doctor/check.ts";
import { certificate } from "../../../cli/doctor/checks/certificate.ts";
import type { Door } from "../../../cli/door/door.ts";
import { runDoctor } from "../../support/doctor.ts";
import { doorEnvironment } from "../../support/door-environment.ts";
import { startWorld } from "../../support/world.ts";

const file = (name: string): string => new URL(`../../support/tls/${name}`, import.meta.url).pathname;
/** As the certificate says. */
const ENDS = Date.parse("2126-10-30T00:06:14Z");
const DAY_MS = 86_400_000;

let server: tls.Server;
let port: number;

beforeAll(async () => {
  server = tls.createServer({ cert: readFileSync(file("cert.pem")), key: readFileSync(file("key.pem")) });
  server.on("tlsClientError", () => {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
afterAll(async () => {
  server.close();
  await once(server, "close");
});

async function found(now: number, door: Partial<Door> = {}): Promise<string[]> {
  const answer = { ms: 1, trouble: undefined, asksForToken: false, clock: undefined };
  const asked: Door = {
    kind: "gRPC",
    address: `localhost:${port}`,
    isSecure: true,
    isLocal: true,
    hasReadiness: true,
    ...door,
  };
  const context = { now, doors: async () => [{ door: asked, answer }] } as Partial<Context> as Context;
  return (await certificate.run(context)).map(({ status, detail }) => `${status}: ${detail}`);
}

it("tells how long a certificate lasts, warns three weeks before its end, and fails after it", async () => {
  expect(await found(ENDS - 30 * DAY_MS)).toEqual([
    `ok: localhost:${port}: its certificate lasts until 2126-10-30 (in 30 days)`,
  ]);
  expect(await found(ENDS - 20 * DAY_MS)).toEqual([
    `warning: localhost:${port}: its certificate ends 2126-10-30 (in 20 days)`,
  ]);
  expect(await found(ENDS + 1)).toEqual([`failed: localhost:${port}: its certificate has expired`]);
});

it("fails for one that agents elsewhere do not trust, over HTTPS too", async () => {
  const address = `https://localhost:${port}/`;
  expect(await found(ENDS - 30 * DAY_MS, { kind: "HTTP", address, isLocal: false })).toEqual([
    expect.stringMatching(/^failed: .*: agents do not trust its certificate: DEPTH_ZERO_SELF_SIGNED_CERT/),
  ]);
});

it("says why there is no TLS, and that there is nothing to look at without", async () => {
  expect(await found(ENDS, { address: "127.0.0.1:2" })).toEqual([
    "failed: 127.0.0.1:2: no TLS connection: connect ECONNREFUSED 127.0.0.1:2",
  ]);
  expect(await found(ENDS, { isSecure: false })).toEqual(["ok: no address speaks TLS itself"]);
});

it("asks a gRPC port that speaks TLS on this machine", { timeout: 60_000 }, async () => {
  const settings = { FLASHPOINT_TLS_CERT: file("cert.pem"), FLASHPOINT_TLS_KEY: file("key.pem") };
  const world = await startWorld(settings);
  const { of } = await runDoctor(["--local", "doctor"], { env: { ...doorEnvironment(world), ...settings } });
  await world.stop();
  expect(of("door").map(({ status }) => status)).toEqual(["ok", "ok"]);
  expect(of("certificate")).toMatchObject([
    { status: "ok", detail: expect.stringContaining("lasts until 2126-10-30") },
  ]);
});
