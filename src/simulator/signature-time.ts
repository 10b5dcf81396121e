import { ApiError } from './api-error.ts';

/** 20260301T120000Z, the form of the X-Amz-Date header. */
const basicFormat = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;

const toBasicFormat = (epochSeconds: number): string =>
  new Date(epochSeconds * 1000).toISOString().replace(/[-:]|\.\d+/g, '');

/**
 * Throws what AWS answers to a request that was signed too long ago, or in the future, by its own clock:
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-troubleshooting.html
 * STS has another name and status for it than services that speak JSON.
 */
export const checkSignatureTime = (
  service: 'glue' | 'sts' | 'container',
  amzDate: string | undefined,
  at: number,
  toleranceSeconds: number,
): void => {
  const [, year, month, day, hour, minute, second] = basicFormat.exec(amzDate ?? '') ?? [];
  if (amzDate === undefined || year === undefined) return;
  const signedAt = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`) / 1000;
  if (Math.abs(at - signedAt) <= toleranceSeconds) return;
  const now = toBasicFormat(at);
  const minutes = toleranceSeconds / 60;
  const message =
    signedAt < at
      ? `Signature expired: ${amzDate} is now earlier than ${toBasicFormat(at - toleranceSeconds)} (${now} - ${minutes} min.)`
      : `Signature not yet current: ${amzDate} is still later than ${toBasicFormat(at + toleranceSeconds)} (${now} + ${minutes} min.)`;
  throw service === 'sts'
    ? new ApiError('SignatureDoesNotMatch', message, 403)
    : new ApiError('InvalidSignatureException', message, 400);
};
