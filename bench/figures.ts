import { cliStart } from "./cli-start.ts";
import { convergence } from "./convergence.ts";
import { cost } from "./cost.ts";
import type { Figure } from "./figure.ts";
import { grpcPolls } from "./grpc-polls.ts";
import { httpPolls } from "./http-polls.ts";
import { lambdaPolls } from "./lambda-polls.ts";
import { lambdaStart } from "./lambda-start.ts";
import { policyReads } from "./policy-reads.ts";
import { profileIntake } from "./profile-intake.ts";
import { reportToCollector } from "./report-to-collector.ts";
import { soak } from "./soak.ts";

/** All that is measured, in the order in which it is. */
export const FIGURES: readonly Figure[] = [
  grpcPolls,
  httpPolls,
  lambdaPolls,
  lambdaStart,
  cliStart,
  convergence,
  policyReads,
  reportToCollector,
  profileIntake,
  soak,
  cost,
];
