/** Go's names, from the laxest to the strictest. */
export const CLIENT_AUTH_TYPES = [
  'NoClientCert',
  'RequestClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

export type ClientAuthType = (typeof CLIENT_AUTH_TYPES)[number];

/** What node:tls wants to know; texts are PEM. */
export interface TlsContext {
  readonly cert: string;
  readonly key: string;
  /** Whose client certificates are good; undefined: they are not checked. */
  readonly ca?: string;
  readonly minVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly maxVersion: 'TLSv1' | 'TLSv1.1' | 'TLSv1.2' | 'TLSv1.3';
  readonly ciphers?: string;
  readonly honorCipherOrder: boolean;
  readonly ecdhCurve?: string;
}

export interface WebTls {
  readonly context: TlsContext;
  readonly clientAuthType: ClientAuthType;
  /** A client's certificate must carry one of these; undefined: any will do. */
  readonly clientAllowedSans: readonly string[] | undefined;
}

/** The web config file, checked, with what the files hold that it names. Frozen. */
export interface WebConfig {
  /** Undefined: plain HTTP. */
  readonly tls: WebTls | undefined;
  /** On every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** Bcrypt hashes by user name; without any, everybody is let in. */
  readonly users: ReadonlyMap<string, string>;
}

/** Reads a file that the web config names, given its absolute path; throws when it cannot. */
export type ReadText = (path: string) => string;
