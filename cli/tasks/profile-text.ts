import { toJson } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { ageText } from "../../shared/diagnosis/age-text.ts";
import { CollectedProfileSchema } from "../../shared/gen/flashpoint/v1/profile_pb.js";
import type { ProfileRecord } from "../../shared/profiles/profile-item.ts";
import { table } from "../terminal/table.ts";
import { detailedDeliveriesText } from "./delivery-text.ts";

/** Profiles with where their deliveries stand, in rows under headings. */
export function profilesTable(profiles: readonly ProfileRecord[], now: number): string {
  const rows = profiles.map(({ profile, deliveries, isApart }) => {
    const { profileId, flushedAt, collectedAt, sampleCount, totalNanos } = profile;
    const at = flushedAt ?? collectedAt;
    return [
      profileId,
      at === undefined ? "-" : ageText(timestampMs(at), now),
      String(sampleCount),
      `${Math.round(Number(totalNanos) / 1e6)} ms`,
      detailedDeliveriesText(deliveries, now) || (isApart ? "kept apart" : "nobody takes it"),
    ];
  });
  return table(["PROFILE", "FLUSHED", "SAMPLES", "TIME", "DELIVERIES"], rows);
}

/** The shape that --json prints: the profile as protobuf JSON, and its deliveries by collector. */
export function profileJson({ profile, deliveries, isApart }: ProfileRecord): object {
  return { ...(toJson(CollectedProfileSchema, profile) as object), deliveries, isApart };
}
