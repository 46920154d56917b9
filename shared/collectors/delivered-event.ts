import type { CollectedProfile } from "../gen/flashpoint/v1/profile_pb.js";
import type { ProfilingTask } from "../gen/flashpoint/v1/task_pb.js";

/** An event on its way to a collector. `id` is the same over all attempts. */
export type DeliveredEvent =
  | { readonly case: "taskReported"; readonly id: string; readonly task: ProfilingTask }
  | {
      readonly case: "profileCollected";
      readonly id: string;
      readonly task: ProfilingTask;
      readonly profile: CollectedProfile;
      readonly file: ProfileFile;
    };

/** The pprof file of a profile, fetched only if a collector needs it. */
export interface ProfileFile {
  /**
   * The file: gzipped pprof.
   * @throws NotFound once it has expired.
   * @throws Unavailable if S3 does not answer.
   */
  read(): Promise<Uint8Array>;
  /**
   * An address from which anybody can GET the file without credentials, until `expiresAt` (ms since the epoch).
   * Throws like `read`.
   */
  link(): Promise<{ url: string; expiresAt: number }>;
}
