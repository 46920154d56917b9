import { ChannelCredentials, Client, type ClientReadableStream, type ServiceError, status } from "@grpc/grpc-js";
import { afterEach, expect, it } from "vitest";
import { buildGrpcServer } from "../../server/grpc/grpc-server.ts";
import { until } from "../support/until.ts";

const WATCH = "/grpc.health.v1.Health/Watch";
const MOST = 1_000;
/** A connection takes so many calls. */
const PER_CONNECTION = 100;
/** Field 1, status: SERVING. */
const SERVING = Buffer.from([1 << 3, 1]);

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function listening(options: Parameters<typeof buildGrpcServer>[1] = {}): Promise<string> {
  const server = buildGrpcServer(() => {}, options);
  const { port } = await server.listen("127.0.0.1", 0);
  closing.push(() => server.close(0));
  return `127.0.0.1:${port}`;
}

/** Somebody with a connection of their own who watches health without a token, many times over. */
function watcherOf(address: string) {
  const client = new Client(address, ChannelCredentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
  closing.push(() => client.close());
  const asIs = (bytes: Buffer): Buffer => bytes;
  /** `code` is undefined while it goes on. */
  return () => {
    const watch: { stream: ClientReadableStream<Buffer>; heard: Buffer[]; code?: status } = {
      stream: client.makeServerStreamRequest(WATCH, asIs, asIs, Buffer.alloc(0)),
      heard: [],
    };
    watch.stream.on("data", (bytes: Buffer) => watch.heard.push(bytes));
    watch.stream.on("error", ({ code }: ServiceError) => {
      watch.code = code;
    });
    return watch;
  };
}

it("1,000 watch health at the same time, over all connections, and one more when one leaves", async () => {
  const address = await listening();
  const watches = Array.from({ length: MOST / PER_CONNECTION }, () => watcherOf(address)).flatMap((watch) =>
    Array.from({ length: PER_CONNECTION }, watch),
  );
  await until("all are served", () => (watches.every(({ heard }) => heard.length > 0) ? true : undefined));
  expect(watches.map(({ code }) => code)).toEqual(Array(MOST).fill(undefined));
  expect(watches[0]?.heard).toEqual([SERVING]);

  const watch = watcherOf(address);
  const tooMany = watch();
  expect(await until("it is refused", () => tooMany.code)).toBe(status.RESOURCE_EXHAUSTED);
  watches[0]?.stream.cancel();
  await until("there is room", async () => {
    const next = watch();
    return until("it is answered", () => next.code ?? (next.heard.length > 0 ? "served" : undefined)).then((answer) =>
      answer === "served" ? true : undefined,
    );
  });
});

it("whoever watches health is told to come again after a while", async () => {
  const watch = watcherOf(await listening({ streamLimits: { idleMs: 10_000, totalMs: 300 } }));
  const watched = watch();
  expect(await until("it is ended", () => watched.code)).toBe(status.DEADLINE_EXCEEDED);
  expect(watched.heard).toEqual([SERVING]);
});
