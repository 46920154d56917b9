import type { AwsOptions } from "../../shared/aws/clients.ts";

/** How to reach embedded engines. They accept any credentials; the region only has to be the same everywhere. */
export function localAws(dynamodbAddress: string, sqsAddress: string): Required<AwsOptions> {
  return {
    dynamodbEndpoint: `http://${dynamodbAddress}`,
    sqsEndpoint: `http://${sqsAddress}`,
    s3Endpoint: `http://${sqsAddress}`, // one embedded engine speaks both
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  };
}
