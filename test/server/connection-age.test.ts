import { connect, createServer, type Server, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import { createGrpcCaller, type GrpcCaller } from "../../server/demo/grpc-caller.ts";
import { STREAM_LIMITS } from "../../server/grpc/connect-adapter.ts";
import { buildGrpcServer, CONNECTION_AGE, type ConnectionAge, type GrpcServer } from "../../server/grpc/grpc-server.ts";
import { ContinuousProfilingService } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
import { MeterReportService } from "../../shared/gen/language-agent/Meter_pb.js";
import { until } from "../support/until.ts";

const { queryPolicies } = ContinuousProfilingService.method;
const { collect } = MeterReportService.method;

let server: GrpcServer;
let way: Server;
let caller: GrpcCaller;
let opened: number;
const open = new Set<Socket>();

/** A server whose connections have this age, a client of it, and the connections that the server has. */
async function start(connectionAge: ConnectionAge): Promise<void> {
  server = buildGrpcServer(
    (router) => {
      router.service(ContinuousProfilingService, { queryPolicies: () => ({ commands: [{ command: "served" }] }) });
      router.service(MeterReportService, {
        async collect(requests) {
          const services = [];
          for await (const { service } of requests) services.push(service);
          return { commands: [{ command: services.join(",") }] };
        },
      });
    },
    { connectionAge },
  );
  const { port } = await server.listen("127.0.0.1", 0);
  opened = 0;
  open.clear();
  way = createServer((client) => {
    opened += 1;
    const onward = connect(port, "127.0.0.1");
    open.add(onward);
    client.pipe(onward).pipe(client);
    client.once("close", () => onward.destroy());
    onward.once("close", () => {
      open.delete(onward);
      client.destroy();
    });
    for (const socket of [client, onward]) socket.on("error", () => {}); // a cut connection is what some tests are for
  });
  await new Promise<void>((resolve) => way.listen(0, "127.0.0.1", resolve));
  caller = createGrpcCaller(`127.0.0.1:${(way.address() as { port: number }).port}`);
}

afterEach(async () => {
  caller.close();
  way.close();
  await server.close(0);
});

const poll = async (): Promise<void> => {
  expect((await caller.call(queryPolicies, {})).commands[0]?.command).toBe("served");
};

/** Polls until the client has come over to another connection so many times. */
const pollUntilOpened = (count: number) =>
  until(`${count} connections`, async () => {
    for (let call = 0; call < 20; call++) await poll();
    return opened >= count ? true : undefined;
  });

it("asks agents over to another connection again and again, and no call of theirs fails", async () => {
  await start({ ms: 100, graceMs: 5_000 });
  await pollUntilOpened(6);
});

it("lets a stream that was begun on the old connection end in its own time", async () => {
  await start({ ms: 100, graceMs: 5_000 });
  const answer = caller.stream(
    collect,
    messagesAround(() => pollUntilOpened(4)),
  );
  expect((await answer).commands[0]?.command).toBe("before,after");
});

it("cuts off what takes longer than the grace", async () => {
  await start({ ms: 100, graceMs: 50 });
  const never = new Promise<void>(() => {});
  await expect(
    caller.stream(
      collect,
      messagesAround(() => never),
    ),
  ).rejects.toMatchObject({ code: 14 });
});

it("closes each connection itself once its calls have ended", async () => {
  await start({ ms: 100, graceMs: 5_000 });
  await pollUntilOpened(4);
  await until("one connection at most", () => (open.size <= 1 ? true : undefined));
});

it("gives every stream that the server allows the time to end, and the answer to it", () => {
  expect(CONNECTION_AGE.graceMs).toBeGreaterThanOrEqual(STREAM_LIMITS.totalMs + 5_000);
  expect(CONNECTION_AGE.ms).toBe(30 * 60 * 1_000);
});

async function* messagesAround(wait: () => Promise<unknown>) {
  yield { service: "before" };
  await wait();
  yield { service: "after" };
}
