import { hash } from "node:crypto";

/** What most backends make ids of, and every file system takes as a name. */
const PLAIN = /^[\w=-]{1,128}$/;

/**
 * Where a profile's file lies in the bucket: in a folder of its task, apart from ours if the task is not known. Agents
 * may say anything for an id; one that is not plain stands as its hash, in full in the profile's record.
 */
export function objectKey(profile: { taskId: string; profileId: string; isKnown: boolean }): string {
  const { taskId, profileId, isKnown } = profile;
  const folder = PLAIN.test(taskId) ? taskId : `sha256-${hash("sha256", taskId, "hex")}`;
  return `${isKnown ? "tasks" : "unknown-tasks"}/${folder}/${profileId}.pb.gz`;
}
