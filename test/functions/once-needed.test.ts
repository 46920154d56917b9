import type { UniversalHandlerFn } from "@connectrpc/connect/protocol";
import { expect, it } from "vitest";
import { onceNeeded } from "../../functions/agent-api/once-needed.ts";

const request = {} as Parameters<UniversalHandlerFn>[0];
const teapot: UniversalHandlerFn = async () => ({ status: 418 });

it("makes the handler with the first request, and once", async () => {
  let made = 0;
  const handle = onceNeeded(async () => {
    made++;
    return teapot;
  });
  expect(made).toBe(0);
  expect(await Promise.all([handle(request), handle(request)])).toEqual([{ status: 418 }, { status: 418 }]);
  expect(made).toBe(1);
});

it("fails the request if the handler cannot be made, and tries again with the next", async () => {
  let made = 0;
  const handle = onceNeeded(async () => {
    if (++made === 1) throw new Error("no such file");
    return teapot;
  });
  await expect(handle(request)).rejects.toThrow("no such file");
  expect(await handle(request)).toEqual({ status: 418 });
});
