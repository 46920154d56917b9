import { cliStart } from "./cli-start.ts";
import type { Figure } from "./figure.ts";
import { grpcPolls } from "./grpc-polls.ts";
import { lambdaStart } from "./lambda-start.ts";
import { profileIntake } from "./profile-intake.ts";
import { reportToCollector } from "./report-to-collector.ts";
import { soak } from "./soak.ts";

/** All that is measured, in the order in which it is. */
export const FIGURES: readonly Figure[] = [grpcPolls, lambdaStart, cliStart, reportToCollector, profileIntake, soak];
