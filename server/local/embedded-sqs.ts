import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { startFauxqs } from "fauxqs";
import { errorText } from "../../shared/errors.ts";
import { isListenError, listenError, StartError } from "../listening.ts";
import { OBJECTS_FOLDER } from "./data-folder.ts";
import type { Engine } from "./engine.ts";
import { committingInGroups, type GroupCommit } from "./group-commit.ts";
import { refuseBrowsers } from "./refuse-browsers.ts";

/**
 * Starts fauxqs, which speaks the wire protocols of SQS and S3 on one port. Under `dataDir` it keeps queues in SQLite
 * and objects as files, so that they take no memory.
 */
export async function startEmbeddedSqs(options: { host: string; port: number; dataDir: string }): Promise<Engine> {
  const { host, port, dataDir } = options;
  try {
    const server = await startKeeping(host, () =>
      startFauxqs({ port, dataDir, s3StorageDir: join(dataDir, OBJECTS_FOLDER), logger: false }),
    );
    return { listening: { host, port: server.port }, close: () => server.stop() };
  } catch (error) {
    if (isListenError(error)) throw listenError("SQS", host, port, "--sqs-port", error);
    throw new StartError(`queues in ${dataDir} cannot be opened (${errorText(error)}); choose another with --data-dir`);
  }
}

/**
 * fauxqs listens on every address of the machine, without asking who calls, and waits for the disk with every message.
 * Fastify announces each new server on a diagnostics channel; there we make this one listen where it should, and to
 * nobody's pages, and answer once what it wrote is kept.
 */
function startKeeping<T>(host: string, start: () => Promise<T>): Promise<T> {
  let group: GroupCommit | undefined;
  const bind = (message: unknown): void => {
    const { fastify } = message as { fastify: FastifyInstance };
    const listen = fastify.listen.bind(fastify) as (options: object) => Promise<string>;
    Object.assign(fastify, { listen: (options: object) => listen({ ...options, host }) });
    refuseBrowsers(fastify.server);
    fastify.addHook("onSend", async () => group?.committed());
  };
  subscribe("fastify.initialization", bind);
  try {
    const started = committingInGroups(start); // makes its database and its server before it first waits
    group = started.group;
    return started.opened;
  } finally {
    unsubscribe("fastify.initialization", bind);
  }
}
