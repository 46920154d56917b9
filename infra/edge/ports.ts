import { VARIABLES } from "../../shared/settings.ts";

/** Native gRPC, to the world and in a task alike. */
export const GRPC_PORT = Number(VARIABLES.FLASHPOINT_GRPC_PORT.default);
/** Health, for the load balancer alone: metrics and measured values are on the same port, for operators, who are none here. */
export const HTTP_PORT = Number(VARIABLES.FLASHPOINT_HTTP_PORT.default);
