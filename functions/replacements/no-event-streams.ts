/**
 * In the bundles, this is in the place of what the AWS SDK has for operations that stream events, such as a query over an
 * object in S3. The functions call none.
 */
export class EventStreamSerde {
  constructor() {
    throw new Error("no operation that streams events is bundled");
  }
}
export const eventStreamSerdeProvider = undefined;

/** The configuration of a client, which gets nothing for such operations. */
export const resolveEventStreamSerdeConfig = <Config>(config: Config): Config => config;
