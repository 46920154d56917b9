import { fromJson, type JsonValue, toJson } from "@bufbuild/protobuf";
import { timestampMs } from "@bufbuild/protobuf/wkt";
import { expiresAt } from "../aws/expires-at.ts";
import { type Deliveries, readDeliveries } from "../deliveries/delivery.ts";
import { type CollectedProfile, CollectedProfileSchema } from "../gen/flashpoint/v1/profile_pb.js";
import { readServiceGlobs } from "../service-globs.ts";

export interface ProfileRecord {
  profile: CollectedProfile;
  deliveries: Deliveries;
  /** No task of this id is known: another backend may have issued it, or its record is still on the way. */
  isApart: boolean;
  /** The services that whoever sent it may speak for, kept while it is not known which it is of; left out for all. */
  senderScope?: readonly string[];
}

/** What is stored for a profile. The item expires `retentionDays` after the profile came in, as its file does. */
export function writeProfileItem(
  { profile, deliveries, isApart, senderScope }: ProfileRecord,
  { retentionDays, now }: { retentionDays: number; now: number },
): Record<string, unknown> {
  const collectedAt = profile.collectedAt === undefined ? now : timestampMs(profile.collectedAt);
  return {
    taskId: profile.taskId,
    profileId: profile.profileId,
    profile: toJson(CollectedProfileSchema, profile),
    deliveries,
    ...(isApart && { apart: true }),
    ...(senderScope !== undefined && { senderScope }),
    expiresAt: expiresAt(collectedAt, retentionDays),
  };
}

/** @returns undefined for an item that does not hold its profile, which only a hand can have put there. */
export function readProfileItem(item: Record<string, unknown>): ProfileRecord | undefined {
  try {
    const profile = fromJson(CollectedProfileSchema, item.profile as JsonValue, { ignoreUnknownFields: true });
    if (profile.profileId !== item.profileId || profile.taskId !== item.taskId) return undefined;
    return {
      profile,
      deliveries: readDeliveries(item.deliveries),
      isApart: item.apart === true,
      ...(item.senderScope !== undefined && { senderScope: readServiceGlobs(item.senderScope) ?? [] }),
    };
  } catch {
    return undefined;
  }
}
