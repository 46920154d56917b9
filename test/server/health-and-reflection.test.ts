import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { ChannelCredentials, type Client, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";
import { protoPath as healthProto } from "grpc-health-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGrpcCaller } from "../../server/demo/grpc-caller.ts";
import { buildGrpcServer, type GrpcServer } from "../../server/grpc/grpc-server.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";

const REFLECTION_ROOT = dirname(createRequire(import.meta.url).resolve("@grpc/reflection/package.json"));
const SERVICE = "skywalking.v3.ContinuousProfilingService";
const TLS_FILES = {
  certFile: new URL("../support/tls/cert.pem", import.meta.url).pathname,
  keyFile: new URL("../support/tls/key.pem", import.meta.url).pathname,
};

/** A client made from a .proto file, as any gRPC tool would. */
function clientOf(
  protoFile: string,
  service: string,
  address: string,
): Client & Record<string, (...args: unknown[]) => unknown> {
  const loaded = loadPackageDefinition(loadSync(protoFile, { longs: String, enums: String, defaults: true }));
  const Constructor = service.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], loaded);
  return new (Constructor as ServiceClientConstructor)(address, ChannelCredentials.createInsecure()) as never;
}

let server: GrpcServer;
let address: string;

beforeAll(async () => {
  server = buildGrpcServer((router) => {
    router.service(ContinuousProfilingService, { queryPolicies: () => ({ commands: [{ command: "served" }] }) });
  });
  address = `127.0.0.1:${(await server.listen("127.0.0.1", 0)).port}`;
});
afterAll(() => server.close(1_000));

describe("health", () => {
  const check = (client: ReturnType<typeof clientOf>, service: string) =>
    new Promise((resolve, reject) => {
      const done = (error: unknown, answer?: { status: string }) => (answer ? resolve(answer.status) : reject(error));
      client.check?.({ service }, done);
    });

  it("says SERVING for the server and its service, and NOT_SERVING once it drains", async () => {
    const client = clientOf(healthProto, "grpc.health.v1.Health", address);
    expect(await check(client, "")).toBe("SERVING");
    expect(await check(client, SERVICE)).toBe("SERVING");
    await expect(check(client, "no.such.Service")).rejects.toMatchObject({ code: 5 });
    server.announceDrain();
    expect(await check(client, "")).toBe("NOT_SERVING");
    client.close();
  });
});

describe("reflection", () => {
  it.each(["v1", "v1alpha"])("lists our services and describes them in %s", async (version) => {
    const proto = join(REFLECTION_ROOT, `build/proto/grpc/reflection/${version}/reflection.proto`);
    const client = clientOf(proto, `grpc.reflection.${version}.ServerReflection`, address);
    const stream = client.serverReflectionInfo?.() as NodeJS.ReadWriteStream & { write(message: object): void };
    const answers: Record<string, { service?: { name: string }[]; fileDescriptorProto?: Buffer[] }>[] = [];
    stream.on("data", (answer) => answers.push(answer));
    stream.write({ listServices: "" });
    stream.write({ fileContainingSymbol: SERVICE });
    await expect.poll(() => answers).toHaveLength(2);
    const listed = answers[0]?.listServicesResponse?.service?.map(({ name }) => name);
    expect(listed).toContain(SERVICE);
    const files = (answers[1]?.fileDescriptorResponse?.fileDescriptorProto ?? []).map(String).join();
    for (const name of [
      "queryPolicies",
      "reportProfilingTask",
      "ebpf/profiling/Continuous.proto",
      "KeyStringValuePair",
    ]) {
      expect(files).toContain(name);
    }
    stream.end();
    client.close();
  });
});

describe("TLS", () => {
  it("serves those who trust its certificate, and nobody in cleartext", async () => {
    const secure = buildGrpcServer(
      (router) =>
        router.service(ContinuousProfilingService, { queryPolicies: () => ({ commands: [{ command: "served" }] }) }),
      { tls: TLS_FILES },
    );
    const secureAddress = `127.0.0.1:${(await secure.listen("127.0.0.1", 0)).port}`;
    const trusting = createGrpcCaller(secureAddress, ChannelCredentials.createSsl(readFileSync(TLS_FILES.certFile)));
    const answer = await trusting.call(ContinuousProfilingService.method.queryPolicies, {});
    expect(answer.commands[0]?.command).toBe("served");
    const cleartext = createGrpcCaller(secureAddress);
    await expect(cleartext.call(ContinuousProfilingService.method.queryPolicies, {})).rejects.toMatchObject({
      code: 14,
    });
    trusting.close();
    cleartext.close();
    await secure.close(1_000);
  });

  it("says which file it cannot read", () => {
    const files = { certFile: "/nowhere/cert.pem", keyFile: TLS_FILES.keyFile };
    expect(() => buildGrpcServer(() => {}, { tls: files })).toThrow("/nowhere/cert.pem");
  });
});
