/*
 * All that is used of the AWS SDK: the only file that knows its packages. The build puts in its place a bundle of these and what they
 * need: the packages hold everything that AWS can do, and take 25 MB more of memory. So they are development dependencies.
 */
export {
  BatchGetWorkflowsCommand,
  type BatchGetWorkflowsCommandInput,
  GetJobRunCommand,
  type GetJobRunCommandInput,
  GetJobRunsCommand,
  type GetJobRunsCommandInput,
  GetJobsCommand,
  type GetJobsCommandInput,
  GetWorkflowRunCommand,
  type GetWorkflowRunCommandInput,
  GetWorkflowRunsCommand,
  type GetWorkflowRunsCommandInput,
  GlueClient,
  type GlueClientConfig,
  ListJobsCommand,
  type ListJobsCommandInput,
  ListWorkflowsCommand,
  type ListWorkflowsCommandInput,
} from '@aws-sdk/client-glue';
export {
  GetCallerIdentityCommand,
  getDefaultRoleAssumer,
  getDefaultRoleAssumerWithWebIdentity,
  STSClient,
  type STSClientConfig,
} from '@aws-sdk/client-sts';
export { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
export { getHomeDir, loadSharedConfigFiles } from '@smithy/core/config';
