/**
 * In the bundles, this is in the place of the streams that pino opens itself, to files and to threads. The functions hand
 * pino their standard output instead (shared/emf/standard-output.ts).
 */
module.exports = class NoStream {
  constructor() {
    throw new Error("no stream of pino's own is bundled; hand the logger a destination");
  }
};
