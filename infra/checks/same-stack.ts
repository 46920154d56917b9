import { CfnResource, Stack } from "aws-cdk-lib";

/** What a resource says, as its template will have it. */
export function resolved(resource: CfnResource, value: unknown): unknown {
  return Stack.of(resource).resolve(value);
}

/** Every resource of a class in the stack of another. */
export function siblings<T extends CfnResource>(resource: CfnResource, is: (other: CfnResource) => other is T): T[] {
  return Stack.of(resource)
    .node.findAll()
    .filter((construct) => CfnResource.isCfnResource(construct))
    .filter(is);
}

/** @returns the logical id that a reference names, by Ref or Fn::GetAtt; undefined for anything else. */
export function referenced(resource: CfnResource, value: unknown): string | undefined {
  const reference = resolved(resource, value) as { Ref?: string; "Fn::GetAtt"?: [string, string] } | undefined;
  return reference?.Ref ?? reference?.["Fn::GetAtt"]?.[0];
}

export function logicalId(resource: CfnResource): string {
  return Stack.of(resource).resolve(resource.logicalId);
}
