import { type FunctionUrl, FunctionUrlAuthType, type Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";

/**
 * The public address of the agents' function. AWS lets everybody in, since agents cannot sign requests as AWS wants them:
 * the token that an agent sends decides. With the address come both permissions that AWS asks for since October 2025, the
 * one to invoke the address and the one to invoke the function, through its address only. Preflights of browsers are
 * answered by the function, as on every other host; if AWS were told of CORS too, each header would come twice.
 */
export function createFunctionUrl(agentApi: LambdaFunction): FunctionUrl {
  return agentApi.addFunctionUrl({ authType: FunctionUrlAuthType.NONE });
}
