import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createSecureContext, type SecureContext } from 'node:tls';
import { EnvironmentError, type Variables } from './environment.ts';
import { readProfile } from './profile.ts';

/** By their text: to read two hundred certificates takes a while, and targets share them. */
const contexts = new Map<string, SecureContext>();

/**
 * The authorities of AWS_CA_BUNDLE, else of the profile's ca_bundle, with those of NODE_EXTRA_CA_CERTS; undefined without a bundle.
 * As with the AWS CLI they take the place of those that come with the program.
 */
export const trustIn = async (
  variables: Variables,
  profile: string | undefined,
): Promise<SecureContext | undefined> => {
  // Node continues without one that it cannot read, and writes that to stderr instead of the log.
  const { NODE_EXTRA_CA_CERTS: file = '' } = variables;
  const extra = file === '' ? [] : await certificatesOf({ name: 'NODE_EXTRA_CA_CERTS', file });
  const bundle = await bundleIn(variables, profile);
  if (bundle === undefined) return undefined;
  const ca = [...(await certificatesOf(bundle)), ...extra];
  const key = ca.join('\n');
  const context = contexts.get(key) ?? createSecureContext({ ca });
  contexts.set(key, context);
  return context;
};

interface Bundle {
  /** What names the file, for messages. */
  readonly name: string;
  readonly file: string;
}

const bundleIn = async (variables: Variables, profile: string | undefined): Promise<Bundle | undefined> => {
  const { AWS_CA_BUNDLE: file = '' } = variables;
  if (file !== '') return { name: 'AWS_CA_BUNDLE', file };
  const { name, settings } = await readProfile(variables, profile);
  const { ca_bundle: ofProfile = '' } = settings ?? {};
  return ofProfile === '' ? undefined : { name: `ca_bundle of the profile ${name}`, file: ofProfile };
};

const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

const certificatesOf = async ({ name, file }: Bundle): Promise<readonly string[]> => {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const why = error instanceof Error && 'code' in error ? error.code : error;
    throw new EnvironmentError(`${name}: ${file} cannot be read (${why}); name a file with certificates in PEM form`);
  });
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0)
    throw new EnvironmentError(`${name}: ${file} has no certificate in PEM form; name one that has`);
  for (const [index, certificate] of found.entries()) {
    try {
      new X509Certificate(certificate);
    } catch {
      throw new EnvironmentError(`${name}: certificate ${index + 1} of ${file} cannot be read; replace or remove it`);
    }
  }
  return found;
};
