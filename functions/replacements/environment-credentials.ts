/**
 * In the bundles, this is in the place of @aws-sdk/credential-provider-node, where the SDK's clients look for credentials.
 * Lambda gives them in the environment and nowhere else, and the other places — profiles, single sign-on, web identities,
 * instance metadata — would take 130 KB of each bundle.
 */
export { fromEnv as defaultProvider } from "@aws-sdk/credential-provider-env";
