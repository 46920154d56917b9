import type { Check } from "./check.ts";
import { agents } from "./checks/agents.ts";
import { bucket } from "./checks/bucket.ts";
import { budgets } from "./checks/budgets.ts";
import { certificate } from "./checks/certificate.ts";
import { clock } from "./checks/clock.ts";
import { collectors } from "./checks/collectors.ts";
import { configuration } from "./checks/configuration.ts";
import { credentials } from "./checks/credentials.ts";
import { deliveries } from "./checks/deliveries.ts";
import { door } from "./checks/door.ts";
import { policies } from "./checks/policies.ts";
import { queues } from "./checks/queues.ts";
import { tables } from "./checks/tables.ts";
import { tokens } from "./checks/tokens.ts";
import { versions } from "./checks/versions.ts";

/** Every check, in the order in which they are told; each stands behind those that it needs. */
export const CHECKS: readonly Check[] = [
  versions,
  configuration,
  credentials,
  clock,
  tables,
  queues,
  bucket,
  door,
  certificate,
  tokens,
  collectors,
  policies,
  budgets,
  agents,
  deliveries,
];
