/**
 * An agent refreshes its list of processes for a service only when that service stands in an answer, so an unchanged
 * policy has to come again from time to time, or a restarted pod is never watched. Polls carry no agent id and the
 * server keeps no state per agent; instead, each minute has one slot per service in which every poll is answered in
 * full. An agent that polls every SLOT_SECONDS hits each slot once.
 */
const SLOT_SECONDS = 10;
const SLOTS = 60 / SLOT_SECONDS;

/** Whether a poll at this moment hears the service's policy even if it is unchanged. */
export function isResendDue(serviceName: string, epochMs: number): boolean {
  return Math.floor(epochMs / 1_000 / SLOT_SECONDS) % SLOTS === slotOf(serviceName);
}

/** Spreads services over the slots: FNV-1a over the UTF-16 code units, then the remainder. */
function slotOf(serviceName: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < serviceName.length; index++) {
    hash = Math.imul(hash ^ serviceName.charCodeAt(index), 0x01000193);
  }
  return (hash >>> 0) % SLOTS;
}
