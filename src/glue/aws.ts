/*
 * All that is used of the AWS SDK. Only this file and the table of operations know its packages. The build puts in its place a bundle
 * of these and what they need: the packages hold everything that AWS can do, and take 25 MB more of memory. So they are development
 * dependencies.
 */
export { GlueClient, type GlueClientConfig } from '@aws-sdk/client-glue';
export {
  GetCallerIdentityCommand,
  getDefaultRoleAssumer,
  getDefaultRoleAssumerWithWebIdentity,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts';
export { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
export { getHomeDir, loadSharedConfigFiles } from '@smithy/core/config';
export { HttpRequest } from '@smithy/core/transport';
export { OPERATIONS } from './operations.ts';
