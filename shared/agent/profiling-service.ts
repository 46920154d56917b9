import { create } from "@bufbuild/protobuf";
import type { ServiceImpl } from "@connectrpc/connect";
import { callerOf } from "../access/caller.ts";
import { CommandsSchema } from "../gen/common/Common_pb.js";
import type { EBPFProfilingService } from "../gen/ebpf/profiling/Profile_pb.js";
import type { CollectProfiles } from "../profiles/profile-intake.ts";

/** Serves agents: takes what they sampled. Every task of ours was triggered, so there are none set by hand to hand out. */
export function createProfilingService(collectProfiles: CollectProfiles): ServiceImpl<typeof EBPFProfilingService> {
  return {
    queryTasks: () => create(CommandsSchema),
    async collectProfilingData(stream, context) {
      await collectProfiles(stream, callerOf(context));
      return create(CommandsSchema);
    },
  };
}
