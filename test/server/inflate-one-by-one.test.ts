import zlib, { gzipSync } from "node:zlib";
import { create, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import { buildGrpcServer, type GrpcServer } from "../../server/grpc/grpc-server.ts";
import { type MeterData, MeterDataSchema, MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { framed, startGrpcCall } from "../support/raw-calls.ts";

const { collect } = MeterReportService.method;
const GZIP = { "grpc-encoding": "gzip" };

let server: GrpcServer;
afterEach(() => server.close(0));

async function listening(read: (messages: AsyncIterable<MeterData>) => Promise<void>): Promise<string> {
  server = buildGrpcServer((router) =>
    router.service(MeterReportService, {
      async collect(messages) {
        await read(messages);
        return {};
      },
    }),
  );
  return `http://127.0.0.1:${(await server.listen("127.0.0.1", 0)).port}`;
}

function message(service: string, gzip: boolean): Buffer {
  const bytes = Buffer.from(toBinary(MeterDataSchema, create(MeterDataSchema, { service })));
  return framed(gzip ? { bytes: gzipSync(bytes), gzip } : { bytes });
}

it("messages that came at once, compressed or not, arrive whole and in order", async () => {
  const names: string[] = [];
  const url = await listening(async (messages) => {
    for await (const { service } of messages) names.push(service);
  });
  const sent = Array.from({ length: 100 }, (_, index) => `${index}${"x".repeat(index * 50)}`);
  const body = Buffer.concat(sent.map((name, index) => message(name, index % 3 !== 0)));
  const call = startGrpcCall(url, collect, GZIP, body, false);
  expect(await call.code).toBe("ok");
  expect(names).toEqual(sent);
  call.end();
});

it("of messages that came at once, no more are inflated than are asked for, and a few", async () => {
  const inflations = vi.spyOn(zlib, "createGunzip");
  onTestFinished(() => inflations.mockRestore());
  const url = await listening(async (messages) => {
    for await (const _ of messages) throw new ConnectError("one will do", Code.Aborted);
  });
  const body = Buffer.concat(Array.from({ length: 60 }, () => message("x".repeat(1_000_000), true)));
  expect(body.length).toBeLessThan(65_535); // what a client may send before it is read
  const call = startGrpcCall(url, collect, GZIP, body, true);
  expect(await call.code).toBe("aborted");
  expect(inflations.mock.calls.length).toBeLessThan(6);
  call.end();
});
