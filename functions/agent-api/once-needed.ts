import type { UniversalHandlerFn } from "@connectrpc/connect/protocol";

/** A handler that is made for its first request, and again for the next one after it could not be made. */
export function onceNeeded(make: () => Promise<UniversalHandlerFn>): UniversalHandlerFn {
  let making: Promise<UniversalHandlerFn> | undefined;
  return async (request) => {
    making ??= make();
    const handle = await making.catch((error) => {
      making = undefined;
      throw error;
    });
    return handle(request);
  };
}
