/** What the load process is asked to do; it answers with LoadResult. */
export interface LoadRequest {
  port: number;
  path: string;
  /** The request body with gRPC's prefix, in base64: the same for every call. */
  body: string;
  /** The response body that every call must have, in base64. */
  expected: string;
  connections: number;
  /** Calls kept open, over all connections. */
  inFlight: number;
  /** Calls are made for this long before any is counted. */
  warmUpMs: number;
  measureMs: number;
}

export interface LoadResult {
  counted: number;
  /** With those before and after the counted time. */
  all: number;
  /** What really passed between the first counted call and the last. */
  elapsedMs: number;
  /** The load's own processor time meanwhile. */
  cpuMs: number;
}
