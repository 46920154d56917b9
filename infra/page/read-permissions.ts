import { permissionsPage } from "./permissions-page.ts";
import { synthesisedTemplate } from "./synthesised-template.ts";

/** The page of permissions as it should be now: the stack is synthesised for it, with everything that it can have. */
export function readPermissions(): string {
  return permissionsPage(synthesisedTemplate({ edge: true }));
}
