/** What each kind of collector is called; kinds.ts has what each is. Apart from it, since a help text needs no senders. */
export const KIND_NAMES = ["webhook", "pyroscope", "connect", "grpc", "grpc-web", "skywalking"] as const;

export type KindName = (typeof KIND_NAMES)[number];

/** What a collector is that does not say. */
export const DEFAULT_KIND: KindName = "webhook";
