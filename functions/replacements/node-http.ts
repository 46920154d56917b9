import type http from "node:http";

/**
 * In the bundles, this is in the place of node:http where we ask for it ourselves. To import that module is to look at all
 * that it exports, and with it to load what browsers have, WebSocket and fetch, over HTTP/2: several times as much as the
 * module itself, which the AWS SDK has loaded by then.
 */
export default process.getBuiltinModule("node:http") as typeof http;
