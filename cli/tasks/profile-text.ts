import { toJson } from "@bufbuild/protobuf";
import { timestampDate } from "@bufbuild/protobuf/wkt";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import { detailedDeliveriesText } from "./delivery-text.ts";

/** A profile in a line, for instance `01a2… 2026-01-31T12:00:05.000Z, 512 samples, 4608 ms; hook delivered`. */
export function profileText({ profile, deliveries, isApart }: ProfileRecord, now: number): string {
  const { profileId, flushedAt, collectedAt, sampleCount, totalNanos } = profile;
  const at = flushedAt ?? collectedAt;
  const when = at === undefined ? "-" : timestampDate(at).toISOString();
  const what = `${sampleCount} samples, ${Math.round(Number(totalNanos) / 1e6)} ms`;
  const where = detailedDeliveriesText(deliveries, now) || (isApart ? "kept apart" : "nobody takes it");
  return `${profileId} ${when}, ${what}; ${where}`;
}

/** The shape that --json prints: the profile as protobuf JSON, and its deliveries by collector. */
export function profileJson({ profile, deliveries, isApart }: ProfileRecord): object {
  return { ...(toJson(CollectedProfileSchema, profile) as object), deliveries, isApart };
}
