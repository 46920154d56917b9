import { createServer, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { buildGrpcServer, type GrpcServer } from "../../server/grpc/grpc-server.ts";
import { runProgram } from "../support/server-process.ts";

const TLS_FILES = {
  certFile: new URL("../support/tls/cert.pem", import.meta.url).pathname,
  keyFile: new URL("../support/tls/key.pem", import.meta.url).pathname,
};
const TLS = { FLASHPOINT_TLS_CERT: TLS_FILES.certFile, FLASHPOINT_TLS_KEY: TLS_FILES.keyFile };

const close: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of close.splice(0)) await end();
});

async function start(
  options: Parameters<typeof buildGrpcServer>[1] = {},
): Promise<{ server: GrpcServer; port: number }> {
  const server = buildGrpcServer(() => {}, options);
  close.push(() => server.close(0));
  return { server, port: (await server.listen("127.0.0.1", 0)).port };
}

/** The probe as a container runs it, with the server's own settings. */
async function probe(port: number, settings: Record<string, string> = {}) {
  const startedAt = performance.now();
  const env = { FLASHPOINT_HOST: "0.0.0.0", FLASHPOINT_GRPC_PORT: String(port), ...settings };
  const ended = await runProgram(["server/health-probe.ts"], { env });
  return { ...ended, ms: performance.now() - startedAt };
}

it("ends with 0 and says nothing while the server serves", async () => {
  const { port } = await start();
  expect(await probe(port)).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

it("ends with 1 once the server drains", async () => {
  const { server, port } = await start();
  server.announceDrain();
  expect(await probe(port)).toMatchObject({ code: 1, stderr: "flashpoint: the server says NOT_SERVING\n" });
});

it("ends with 1 where nobody listens", async () => {
  const { server, port } = await start();
  await server.close(0);
  const { code, stderr } = await probe(port);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^flashpoint: .*ECONNREFUSED.*\n$/);
});

it("ends with 1 within seconds where somebody listens and does not answer", async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  close.push(() => {
    for (const socket of sockets) socket.destroy();
    silent.close();
  });
  const { code, stderr, ms } = await probe((silent.address() as { port: number }).port);
  expect(code).toBe(1);
  expect(stderr).toContain("DEADLINE_EXCEEDED");
  expect(ms).toBeLessThan(9_000);
});

it.each(["grpc_proxy", "https_proxy", "http_proxy"])("asks past the proxy that %s names", async (name) => {
  const { port } = await start();
  expect(await probe(port, { [name]: "http://127.0.0.1:9" })).toMatchObject({ code: 0, stderr: "" });
});

it("says one reason, whatever gRPC's library would add", async () => {
  const { code, stderr } = await probe(1, { GRPC_TRACE: "all", GRPC_VERBOSITY: "DEBUG" });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^flashpoint: .*\n$/);
});

it("asks over TLS where the server speaks it", async () => {
  const { port } = await start({ tls: TLS_FILES });
  expect(await probe(port, TLS)).toMatchObject({ code: 0, stderr: "" });
  expect(await probe(port)).toMatchObject({ code: 1 });
});

it("ends with 1 and says which setting is wrong", async () => {
  const { code, stderr } = await probe(1, { FLASHPOINT_GRPC_PORT: "many" });
  expect(code).toBe(1);
  expect(stderr).toContain("FLASHPOINT_GRPC_PORT");
});
