import type { World } from "./world.ts";

/** Where a world's engines and doors are, as the command line takes it with --local. */
export function doorEnvironment({
  server,
}: {
  server: Pick<World["server"], "engines" | "ports">;
}): Record<string, string> {
  const { dynamodbEndpoint, sqsEndpoint, s3Endpoint } = server.engines.aws;
  return {
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    AWS_ENDPOINT_URL_SQS: sqsEndpoint,
    AWS_ENDPOINT_URL_S3: s3Endpoint,
    FLASHPOINT_GRPC_PORT: String(server.ports.grpc.port),
    FLASHPOINT_HTTP_PORT: String(server.ports.http.port),
  };
}
