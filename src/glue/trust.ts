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
  const bundle = await bundleIn(variables, profile);
  if (bundle === undefined) return undefined;
  const certificates = certificatesIn(bundle.name, bundle.file, await textOf(bundle.name, bundle.file));
  const extra = variables.NODE_EXTRA_CA_CERTS;
  // Node itself complains about one that it cannot read.
  const more = extra === undefined ? '' : await readFile(extra, 'utf8').catch(() => '');
  const ca = [...certificates, ...(more.match(CERTIFICATE) ?? [])];
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

const textOf = async (name: string, file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? error.code : error;
    throw new EnvironmentError(`${name}: ${file} cannot be read (${why}); name a file with certificates in PEM form`);
  }
};

const certificatesIn = (name: string, file: string, text: string): readonly string[] => {
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
