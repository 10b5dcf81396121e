import { createHash } from 'node:crypto';

export interface SessionOptions {
  /** How long credentials are said to be good, real seconds; as long as the caller asks for unless given. */
  readonly seconds?: number;
  /** When they are refused all the same, or only then, real seconds; when they are said to expire unless given. */
  readonly refusedAfterSeconds?: number;
}

/** Whom temporary credentials stand for. */
export interface Session {
  readonly arn: string;
  /** Epoch milliseconds of real time: the SDK holds expirations against the machine's clock. */
  readonly refusedFromMillis: number;
}

export interface SessionCredentials {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: string;
  readonly SessionToken: string;
  readonly Expiration: string;
}

const temporaryKey = /^ASIA(\d{12})/;

/** The account of a session's access key. The key names it, so that nothing has to be remembered. */
export const accountOfKey = (accessKey: string): string | undefined => temporaryKey.exec(accessKey)?.[1];

/** What a session's token says; undefined for tokens from elsewhere. */
export const sessionOf = (token: string): Session | undefined => {
  const [, millis, arn] = /^(\d+) (arn:.+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  return millis === undefined || arn === undefined ? undefined : { arn, refusedFromMillis: Number(millis) };
};

/** Credentials whose token holds all that is known of them, so that they outlive a restart of the simulator. */
export const sessionCredentials = (
  accountId: string,
  arn: string,
  askedSeconds: number,
  { seconds = askedSeconds, refusedAfterSeconds = seconds }: SessionOptions,
): SessionCredentials => {
  const now = Date.now();
  return {
    AccessKeyId: `ASIA${accountId}SIMU`,
    SecretAccessKey: createHash('sha256').update(arn).digest('base64').slice(0, 40),
    SessionToken: Buffer.from(`${now + Math.round(refusedAfterSeconds * 1000)} ${arn}`).toString('base64url'),
    Expiration: new Date(now + seconds * 1000).toISOString(),
  };
};
