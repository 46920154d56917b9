import type { ServiceImpl } from "@connectrpc/connect";
import { callerOf } from "../access/caller.ts";
import type { EBPFProfilingService } from "../gen/ebpf/profiling/Profile_pb.js";
import type { CollectProfiles } from "../profiles/profile-intake.ts";
import { NO_COMMANDS } from "./command.ts";

/** Serves agents: takes what they sampled. Every task of ours was triggered, so there are none set by hand to hand out. */
export function createProfilingService(collectProfiles: CollectProfiles): ServiceImpl<typeof EBPFProfilingService> {
  return {
    queryTasks: () => NO_COMMANDS,
    async collectProfilingData(stream, context) {
      await collectProfiles(stream, callerOf(context));
      return NO_COMMANDS;
    },
  };
}
