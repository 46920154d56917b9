// Answers that mean "you asked wrongly": trying again would not help, and calling them an outage would hide a bug.
const REFUSED_REQUEST = "ValidationException";
const CONDITION_FAILED = "ConditionalCheckFailedException";

/** Whether a conditional write was refused because its condition did not hold. */
export function isConditionFailure(error: unknown): boolean {
  return error instanceof Error && error.name === CONDITION_FAILED;
}

/** Whether DynamoDB refused a request for what it asks. */
export function isRefusedRequest(error: unknown): boolean {
  return error instanceof Error && error.name === REFUSED_REQUEST;
}
