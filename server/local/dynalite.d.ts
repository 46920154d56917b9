/** dynalite brings no types; this is the part that we use. */
declare module "dynalite" {
  import type { Server } from "node:http";

  export default function dynalite(options: {
    /** Folder of the LevelDB store; in memory without it. */
    path?: string;
    /** How long a new table says CREATING. */
    createTableMs?: number;
  }): Server;
}

/** How dynalite judges conditions, as its parts call it. */
declare module "dynalite/db/index.js" {
  const db: { checkConditional: import("./equal-by-value.ts").CheckCondition };
  export default db;
}
