import type { Exception } from "./judge-licenses.ts";

/** None so far. One that no package needs any more is a fault. */
export const EXCEPTIONS: readonly Exception[] = [];
