/** How the names of AWS's things look that an option may have. */

export const CERTIFICATE_ARN = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/[\w-]+$/;
/** With the six characters at its end that Secrets Manager adds; a role that names it without them opens nothing. */
export const SECRET_ARN = /^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^\s*?,]+-[A-Za-z0-9]{6}$/;
