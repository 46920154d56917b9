import type { APIGatewayProxyStructuredResultV2, LambdaFunctionURLEvent } from "aws-lambda";

/** The least that a function behind a URL can do: takes the body out of its base64 and answers an empty one. */
export async function handler({ body = "" }: LambdaFunctionURLEvent): Promise<APIGatewayProxyStructuredResultV2> {
  Buffer.from(body, "base64");
  return { statusCode: 200, headers: { "content-type": "application/proto" }, body: "", isBase64Encoded: true };
}
