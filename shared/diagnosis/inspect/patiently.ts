import { withinDeadline } from "../../aws/deadline.ts";

/** Whoever inspects waits longer than an agent may: a slow engine is not one that is away. */
const DEADLINE_MS = 5_000;
/** The client's own limit for a request is that of agents, too. */
const REQUEST_MS = 2_000;

/** Sends one request of the SDK's, with these options. @throws Unavailable as `withinDeadline` does. */
export function patiently<T>(
  engine: string,
  send: (options: { abortSignal: AbortSignal; requestTimeout: number }) => Promise<T>,
): Promise<T> {
  return withinDeadline(engine, (abortSignal) => send({ abortSignal, requestTimeout: REQUEST_MS }), DEADLINE_MS);
}
