import { create } from "@bufbuild/protobuf";
import { timestampFromMs } from "@bufbuild/protobuf/wkt";
import { type DeliveredProfile, DeliveredProfileSchema } from "../gen/flashpoint/v1/profile_pb.js";
import type { DeliveredEvent } from "./delivered-event.ts";

/** Largest file that travels inside its event; of any other the collector gets just the link. */
export const MAX_INLINE_BYTES = 64 * 1_024;

/**
 * A profile as a collector gets it, with a fresh link to its file.
 * @throws what the file throws.
 */
export async function deliveredProfile(
  event: Extract<DeliveredEvent, { case: "profileCollected" }>,
): Promise<DeliveredProfile> {
  const { task, profile, file } = event;
  const { url, expiresAt } = await file.link();
  return create(DeliveredProfileSchema, {
    task,
    profile,
    downloadUrl: url,
    downloadUrlExpiresAt: timestampFromMs(expiresAt),
    ...(profile.objectBytes <= MAX_INLINE_BYTES && { pprof: await file.read() }),
  });
}
