import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { DeliveredEvent } from "../collectors/delivered-event.ts";

/**
 * When the report or the profile of an event was accepted, in ms since the epoch.
 * @param otherwise for an event that does not say.
 */
export function eventTime(event: DeliveredEvent, otherwise: number): number {
  const accepted = event.case === "taskReported" ? event.task.reportedAt : event.profile.collectedAt;
  return accepted === undefined ? otherwise : timestampMs(accepted);
}
