import { ApiError } from './api-error.ts';

/** Credential=AKIA…/20260301/eu-west-1/sts/aws4_request */
const scope = /Credential=[^/]+\/\d{8}\/([^/]+)\//;

/** Throws what STS answers to a request that was signed for another region; those that are not signed are good anywhere. */
export const checkSignatureRegion = (authorization: string | undefined, region: string | undefined): void => {
  const [, signedFor] = scope.exec(authorization ?? '') ?? [];
  if (region === undefined || signedFor === undefined || signedFor === region) return;
  const message = `Credential should be scoped to a valid region, not '${signedFor}'.`;
  throw new ApiError('SignatureDoesNotMatch', message, 403);
};
