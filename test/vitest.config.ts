import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

// The tests start the project's programs hundreds of times: what Node compiled for one of them, the next finds here.
process.env.NODE_COMPILE_CACHE ||= `${ROOT}node_modules/.cache/compiled`;

export default defineConfig({
  test: {
    root: ROOT,
    include: ["test/**/*.test.ts"],
    // Worlds start real engines and servers; two cores are shared among all of them.
    testTimeout: 30_000,
    hookTimeout: 30_000,
    maxWorkers: 3, // most files wait a part of their time: for processes, for queues
  },
});
