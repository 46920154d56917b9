import type { Listening } from "../listening.ts";

/** A DynamoDB or SQS of our own, at an address that any AWS client can use. */
export interface Engine {
  readonly listening: Listening;
  close(): Promise<void>;
}
