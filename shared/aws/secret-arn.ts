/** A secret's ARN in any partition of AWS; names have these characters (Secrets Manager API, CreateSecret). */
const ARN = /^arn:aws[a-z-]*:secretsmanager:([a-z]+(?:-[a-z]+)+-\d+):\d{12}:secret:([\w/+=.@-]{1,519})$/;
const ALMOST = /^\s*arn:[^:]*:secretsmanager\b/;

/** What an ARN has to be, for a fault. */
export const ARN_RULE = "takes an ARN of AWS Secrets Manager like arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME";

/** Whether it is the ARN of a secret in AWS Secrets Manager, which may stand wherever the secret itself may. */
export function isSecretArn(value: unknown): value is string {
  return typeof value === "string" && ARN.test(value);
}

/** Whether somebody meant an ARN of a secret, mistyped or not: no secret begins like that. */
export function isMeantAsSecretArn(value: unknown): boolean {
  return typeof value === "string" && ALMOST.test(value);
}

/** Where a secret lies and what it is called there. */
export function partsOfArn(arn: string): { region: string; name: string } {
  const [, region = "", name = ""] = ARN.exec(arn) ?? [];
  return { region, name };
}
