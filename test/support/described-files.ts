/** Everything that describes messages: bundled as functions are, for a test. */
export {
  file_google_protobuf_any,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
} from "@bufbuild/protobuf/wkt";
export { file_common_Common } from "../../shared/gen/common/Common_pb.js";
export { file_ebpf_profiling_Continuous } from "../../shared/gen/ebpf/profiling/Continuous_pb.js";
export { file_ebpf_profiling_Process } from "../../shared/gen/ebpf/profiling/Process_pb.js";
export { file_ebpf_profiling_Profile } from "../../shared/gen/ebpf/profiling/Profile_pb.js";
export { file_flashpoint_v1_collector } from "../../shared/gen/flashpoint/v1/collector_pb.js";
export { file_flashpoint_v1_fault } from "../../shared/gen/flashpoint/v1/fault_pb.js";
export { file_flashpoint_v1_profile } from "../../shared/gen/flashpoint/v1/profile_pb.js";
export { file_flashpoint_v1_queue } from "../../shared/gen/flashpoint/v1/queue_pb.js";
export { file_flashpoint_v1_task } from "../../shared/gen/flashpoint/v1/task_pb.js";
export { file_language_agent_Meter } from "../../shared/gen/language-agent/Meter_pb.js";
export { file_push_v1_push } from "../../shared/gen/push/v1/push_pb.js";
export { file_types_v1_types } from "../../shared/gen/types/v1/types_pb.js";
