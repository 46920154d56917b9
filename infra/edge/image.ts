import { IgnoreMode } from "aws-cdk-lib";
import { DockerImageAsset, Platform } from "aws-cdk-lib/aws-ecr-assets";
import type { Construct } from "constructs";

const ROOT = new URL("../..", import.meta.url).pathname;

/**
 * The server's image, built when the stack is deployed and only if something has changed that is in it: .dockerignore
 * says what that is, for the CDK as for Docker.
 */
export function createImage(scope: Construct): DockerImageAsset {
  return new DockerImageAsset(scope, "Image", {
    directory: ROOT,
    file: "infra/edge/Dockerfile",
    platform: Platform.LINUX_ARM64,
    ignoreMode: IgnoreMode.DOCKER,
    assetName: "edge",
  });
}
