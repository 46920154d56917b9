import { once } from "node:events";
import { connect as http2Connect } from "node:http2";
import { connect, createServer } from "node:net";
import { create, type DescMethod, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type ServiceImpl } from "@connectrpc/connect";
import { ChannelCredentials, Client, compressionAlgorithms, Metadata, type ServiceError, status } from "@grpc/grpc-js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildGrpcServer, type GrpcServer } from "../../server/grpc/grpc-server.ts";
import { CommandsSchema } from "../../shared/gen/common/Common_pb.js";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { FieldFaultsSchema } from "../../shared/gen/flashpoint/v1/fault_pb.js";
import { MeterDataSchema, MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";

const { queryPolicies, reportProfilingTask } = ContinuousProfilingService.method;
const { collect, collectBatch } = MeterReportService.method;

/** Calls that were cancelled while they ran, by what their implementation saw. */
const seen: string[] = [];
let server: GrpcServer;
let client: Client;
let address: string;

/** What these calls do serves to look at the adapter; only their shapes are the agents' own. */
const unary: ServiceImpl<typeof ContinuousProfilingService> = {
  queryPolicies(query, context) {
    context.responseHeader.set("x-header", "from the server");
    context.responseTrailer.set("x-trailer", "at the end");
    context.responseTrailer.set("x-trailer-bin", "AAEC/w==");
    const args = [
      { key: "service", value: query.policies[0]?.serviceName ?? "" },
      { key: "authentication", value: context.requestHeader.get("authentication") ?? "" },
      { key: "timeout", value: String(context.timeoutMs()) },
      { key: "protocol", value: `${context.protocolName} ${context.url}` },
    ];
    return { commands: [{ command: "echo", args }] };
  },
  async reportProfilingTask(report, context) {
    switch (report.serviceName) {
      case "detail":
        throw new ConnectError("with a detail", Code.FailedPrecondition, { "x-why": "because" }, [
          { desc: FieldFaultsSchema, value: { faults: [{ path: "a.b", problem: "is ü" }] } },
        ]);
      case "unforeseen":
        throw new Error("a secret of ours");
      default:
        await once(context.signal, "abort");
        seen.push(report.serviceName);
        throw new ConnectError("cancelled", Code.Canceled);
    }
  },
};
const streams: ServiceImpl<typeof MeterReportService> = {
  async collect(requests) {
    const services = [];
    for await (const { service } of requests) services.push(service);
    return { commands: [{ command: services.join(",") }] };
  },
  async collectBatch(requests) {
    try {
      for await (const _ of requests) seen.push("stream began");
    } catch {
      seen.push("stream broke off");
      throw new ConnectError("broke off", Code.Aborted);
    }
    seen.push("stream ended");
    return {};
  },
};

beforeAll(async () => {
  server = buildGrpcServer((router) => {
    router.service(ContinuousProfilingService, unary);
    router.service(MeterReportService, streams);
  });
  const { port } = await server.listen("127.0.0.1", 0);
  address = `127.0.0.1:${port}`;
  client = new Client(address, ChannelCredentials.createInsecure());
});
afterAll(async () => {
  client.close();
  await server.close(1_000);
});

const pathOf = (method: DescMethod) => `/${method.parent.typeName}/${method.name}`;
const asIs = (bytes: Buffer) => bytes;
const serviceNamed = (serviceName: string) =>
  Buffer.from(toBinary(reportProfilingTask.input, create(reportProfilingTask.input, { serviceName })));

/** One unary call with bytes as they are. */
function callRaw(method: DescMethod, bytes: Buffer, options: { metadata?: Metadata; deadline?: number } = {}) {
  return new Promise<{ error: ServiceError | null; bytes: Buffer | undefined; header: Metadata; trailer: Metadata }>(
    (resolve) => {
      let header = new Metadata();
      let trailer = new Metadata();
      let answer: { error: ServiceError | null; bytes: Buffer | undefined };
      const { metadata = new Metadata(), deadline = Date.now() + 10_000 } = options;
      const call = client.makeUnaryRequest(
        pathOf(method),
        asIs,
        asIs,
        bytes,
        metadata,
        { deadline },
        (error, value) => {
          answer = { error, bytes: value };
        },
      );
      call.on("metadata", (received) => {
        header = received;
      });
      call.on("status", (received) => {
        trailer = received.metadata;
        setImmediate(() => resolve({ ...answer, header, trailer }));
      });
    },
  );
}

describe("the adapter from grpc-js to Connect implementations", () => {
  it("carries the message, the caller's metadata, its deadline, and the server's headers and trailers", async () => {
    const metadata = new Metadata();
    metadata.set("Authentication", "a-token");
    const request = Buffer.from(
      toBinary(queryPolicies.input, create(queryPolicies.input, { policies: [{ serviceName: "checkout" }] })),
    );
    const { error, bytes, header, trailer } = await callRaw(queryPolicies, request, {
      metadata,
      deadline: Date.now() + 5_000,
    });
    expect(error).toBeNull();
    const [echo] = fromBinary(CommandsSchema, bytes ?? Buffer.alloc(0)).commands;
    const args = Object.fromEntries((echo?.args ?? []).map(({ key, value }) => [key, value]));
    expect(args).toMatchObject({ service: "checkout", authentication: "a-token" });
    expect(args.protocol).toBe(`grpc http://${address}/skywalking.v3.ContinuousProfilingService/queryPolicies`);
    expect(Number(args.timeout)).toBeGreaterThan(0);
    expect(Number(args.timeout)).toBeLessThanOrEqual(5_000);
    expect(header.get("x-header")).toEqual(["from the server"]);
    expect(trailer.get("x-trailer")).toEqual(["at the end"]);
    expect(trailer.get("x-trailer-bin")).toEqual([Buffer.from([0, 1, 2, 255])]);
  });

  it("carries an error's code, text, metadata and details", async () => {
    const { error } = await callRaw(reportProfilingTask, serviceNamed("detail"));
    expect(error).toMatchObject({ code: status.FAILED_PRECONDITION, details: "with a detail" });
    expect(error?.metadata.get("x-why")).toEqual(["because"]);
    // google.rpc.Status with the fault inside its first Any: read by its bytes, not by our code.
    const [details] = error?.metadata.get("grpc-status-details-bin") ?? [];
    expect(String(details)).toContain("type.googleapis.com/flashpoint.v1.FieldFaults");
    expect(String(details)).toContain("is ü");
  });

  it("hides what nobody foresaw", async () => {
    const { error } = await callRaw(reportProfilingTask, serviceNamed("unforeseen"));
    expect(error).toMatchObject({ code: status.INTERNAL, details: "internal error" });
  });

  it("answers bytes that are no message with INVALID_ARGUMENT, and lives on", async () => {
    const { error } = await callRaw(reportProfilingTask, Buffer.from("ffffffff", "hex"));
    expect(error?.code).toBe(status.INVALID_ARGUMENT);
    expect((await callRaw(queryPolicies, Buffer.alloc(0))).error).toBeNull();
  });

  it("answers a message over 1 MiB with RESOURCE_EXHAUSTED", async () => {
    const { error } = await callRaw(reportProfilingTask, serviceNamed("x".repeat(1_100_000)));
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
  });

  it("answers a method that does not exist with UNIMPLEMENTED", async () => {
    const { error } = await callRaw({ ...queryPolicies, name: "noSuchMethod" } as DescMethod, Buffer.alloc(0));
    expect(error?.code).toBe(status.UNIMPLEMENTED);
  });

  it("tells the implementation when the deadline has passed", async () => {
    const { error } = await callRaw(reportProfilingTask, serviceNamed("late"), { deadline: Date.now() + 100 });
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    await expect.poll(() => seen).toContain("late");
  });

  it("tells the implementation when the client cancels", async () => {
    const ended = new Promise<ServiceError | null>((resolve) => {
      const bytes = serviceNamed("cancelled");
      const call = client.makeUnaryRequest(pathOf(reportProfilingTask), asIs, asIs, bytes, (error) => resolve(error));
      setImmediate(() => call.cancel());
    });
    expect((await ended)?.code).toBe(status.CANCELLED);
  });

  it.each([
    ["gzip", compressionAlgorithms.gzip],
    ["deflate", compressionAlgorithms.deflate],
  ])("takes messages compressed with %s", async (_name, algorithm) => {
    const compressing = new Client(address, ChannelCredentials.createInsecure(), {
      "grpc.default_compression_algorithm": algorithm,
    });
    const request = Buffer.from(
      toBinary(queryPolicies.input, create(queryPolicies.input, { policies: [{ serviceName: "x".repeat(5_000) }] })),
    );
    const answer = await new Promise<Buffer | undefined>((resolve, reject) =>
      compressing.makeUnaryRequest(pathOf(queryPolicies), asIs, asIs, request, (error, value) =>
        error === null ? resolve(value) : reject(error),
      ),
    );
    expect(fromBinary(CommandsSchema, answer ?? Buffer.alloc(0)).commands[0]?.args[0]?.value).toHaveLength(5_000);
    compressing.close();
  });

  it("refuses a small message that opens to more than 1 MiB", async () => {
    const compressing = new Client(address, ChannelCredentials.createInsecure(), {
      "grpc.default_compression_algorithm": compressionAlgorithms.gzip,
    });
    const error = await new Promise<ServiceError | null>((resolve) =>
      compressing.makeUnaryRequest(
        pathOf(reportProfilingTask),
        asIs,
        asIs,
        serviceNamed("x".repeat(20_000_000)),
        resolve,
      ),
    );
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
    compressing.close();
  });

  it("reads a client stream to its end", async () => {
    const answer = await new Promise<Buffer | undefined>((resolve, reject) => {
      const call = client.makeClientStreamRequest(pathOf(collect), asIs, asIs, (error, value) =>
        error === null ? resolve(value) : reject(error),
      );
      for (const service of ["a", "b", "c"])
        call.write(Buffer.from(toBinary(MeterDataSchema, create(MeterDataSchema, { service }))));
      call.end();
    });
    expect(fromBinary(CommandsSchema, answer ?? Buffer.alloc(0)).commands[0]?.command).toBe("a,b,c");
  });

  it("takes a client stream without a message", async () => {
    const error = await new Promise((resolve) =>
      client.makeClientStreamRequest(pathOf(collectBatch), asIs, asIs, resolve).end(),
    );
    expect(error).toBeNull();
    expect(seen).toContain("stream ended");
  });

  it("breaks the implementation's loop off when a client stream is cancelled", async () => {
    let cancel = (): void => {};
    const ended = new Promise<ServiceError | null>((resolve) => {
      const call = client.makeClientStreamRequest(pathOf(collectBatch), asIs, asIs, resolve);
      cancel = () => call.cancel();
      call.write(Buffer.alloc(0));
    });
    await expect.poll(() => seen).toContain("stream began");
    cancel();
    expect((await ended)?.code).toBe(status.CANCELLED);
    await expect.poll(() => seen).toContain("stream broke off");
  });

  it("breaks the implementation's loop off when the connection of a client stream is lost", async () => {
    const before = seen.filter((what) => what === "stream broke off").length;
    const session = http2Connect(`http://${address}`);
    session.on("error", () => {}); // it is cut on purpose
    const stream = session.request({
      ":method": "POST",
      ":path": pathOf(collectBatch),
      "content-type": "application/grpc",
    });
    stream.on("error", () => {});
    const begun = seen.filter((what) => what === "stream began").length;
    stream.write(Buffer.alloc(5)); // one empty message
    await expect.poll(() => seen.filter((what) => what === "stream began").length).toBe(begun + 1);
    session.socket.destroy();
    await expect.poll(() => seen.filter((what) => what === "stream broke off").length).toBe(before + 1);
  });

  it.each([
    ["falls silent", { idleMs: 200, totalMs: 60_000 }, "nothing for 200 ms"],
    ["takes too long", { idleMs: 60_000, totalMs: 300 }, "longer than 300 ms"],
  ])("ends a client stream that %s, and says so", async (_what, streamLimits, details) => {
    const impatient = buildGrpcServer((router) => router.service(MeterReportService, streams), { streamLimits });
    const { port } = await impatient.listen("127.0.0.1", 0);
    const caller = new Client(`127.0.0.1:${port}`, ChannelCredentials.createInsecure());
    const error = await new Promise<ServiceError | null>((resolve) => {
      const call = caller.makeClientStreamRequest(pathOf(collect), asIs, asIs, resolve);
      call.write(Buffer.alloc(0));
    });
    expect(error?.code).toBe(status.DEADLINE_EXCEEDED);
    expect(error?.details).toContain(details);
    caller.close();
    await impatient.close(1_000);
  });

  it("survives bytes that are no HTTP/2", async () => {
    const [host = "", port] = address.split(":");
    const socket = connect(Number(port), host);
    socket.on("error", () => {}); // a reset is a fine answer
    await once(socket, "connect");
    socket.end("GET / HTTP/1.1\r\n\r\n");
    socket.resume();
    await once(socket, "close");
    expect((await callRaw(queryPolicies, Buffer.alloc(0))).error).toBeNull();
  });
});

describe("listening", () => {
  it("closes once the grace is over, whatever a client keeps open", async () => {
    const closing = buildGrpcServer(() => {});
    const { port } = await closing.listen("127.0.0.1", 0);
    const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
    socket.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"); // a connection's opening (RFC 9113, 3.4)
    await once(socket, "data");
    socket.on("error", () => {}); // it is cut on purpose
    await closing.close(50);
    socket.destroy();
  });

  it("says in one line that the port is taken, and what to do", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const other = buildGrpcServer(() => {});
    await expect(other.listen("127.0.0.1", port)).rejects.toThrow(
      `gRPC port 127.0.0.1:${port} is taken; stop what listens there or choose another with --grpc-port (0 picks a free one)`,
    );
    await other.close(0);
    holder.close();
  });
});
