import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EnvironmentError } from '../../src/glue/environment.ts';
import { openNetwork } from '../../src/glue/network.ts';
import { resolveRegion } from '../../src/glue/region.ts';
import { tool } from '../tools.ts';

const folder = mkdtempSync(join(tmpdir(), 'aws-glue-exporter-network-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  vi.unstubAllEnvs();
});

const write = (name: string, text: string): string => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};

/** The message of an EnvironmentError. */
const complaintOf = async (promise: Promise<unknown>): Promise<string> => {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof EnvironmentError) return error.message;
  throw new Error(`no complaint: ${error}`);
};

/** Shared AWS files for a test, and their variables as the process has them. */
const sharedFiles = (config: string) => {
  const variables = {
    AWS_CONFIG_FILE: write('config', config),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'no-credentials'),
  };
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
  return variables;
};

describe('authorities', () => {
  it('are those of Node unless a bundle is named', async () => {
    const variables = sharedFiles('[default]\nregion = eu-west-1\n');
    expect((await openNetwork(variables, undefined)).secureContext).toBeUndefined();
    expect((await openNetwork({ ...variables, AWS_CA_BUNDLE: '' }, undefined)).secureContext).toBeUndefined();
  });

  it.each(['AWS_CA_BUNDLE', 'NODE_EXTRA_CA_CERTS'])(
    'that cannot be read are an error that names file and variable: %s',
    async name => {
      const missing = join(folder, 'missing.pem');
      expect(await complaintOf(openNetwork({ [name]: missing }, undefined))).toBe(
        `${name}: ${missing} cannot be read (ENOENT); name a file with certificates in PEM form`,
      );
      const file = write('text.pem', 'no certificate');
      expect(await complaintOf(openNetwork({ [name]: file }, undefined))).toBe(
        `${name}: ${file} has no certificate in PEM form; name one that has`,
      );
      const damaged = write('damaged.pem', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
      expect(await complaintOf(openNetwork({ [name]: damaged }, undefined))).toBe(
        `${name}: certificate 1 of ${damaged} cannot be read; replace or remove it`,
      );
    },
  );

  it('are read from the ca_bundle of a profile, unless AWS_CA_BUNDLE is set', async () => {
    const missing = join(folder, 'missing.pem');
    const variables = sharedFiles(`[profile private]\nca_bundle = ${missing}\n`);
    const message = `ca_bundle of the profile private: ${missing} cannot be read (ENOENT); name a file with certificates in PEM form`;
    expect(await complaintOf(openNetwork(variables, 'private'))).toBe(message);
    expect(await complaintOf(openNetwork({ ...variables, AWS_PROFILE: 'private' }, undefined))).toBe(message);
    expect((await openNetwork(variables, undefined)).secureContext).toBeUndefined();
    const other = join(folder, 'other.pem');
    expect(await complaintOf(openNetwork({ ...variables, AWS_CA_BUNDLE: other }, 'private'))).toContain(
      'AWS_CA_BUNDLE',
    );
  });

  const openssl = tool('openssl');
  it.skipIf(!('path' in openssl))('are read once where targets share them', async () => {
    const file = join(folder, 'authority.pem');
    const command = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=authority', '-out', file];
    execFileSync('path' in openssl ? openssl.path : '', [...command, '-keyout', join(folder, 'key.pem')], {
      stdio: 'pipe',
    });
    const first = await openNetwork({ AWS_CA_BUNDLE: file }, undefined);
    expect(first.secureContext).toBeDefined();
    expect((await openNetwork({ AWS_CA_BUNDLE: file }, 'another')).secureContext).toBe(first.secureContext);
  });
});

describe('the region', () => {
  const ofSdk = async (): Promise<string> => 'from-the-sdk-1';
  const target = { region: undefined };

  it('is that of the target, else the environment, else what the SDK finds', async () => {
    const variables = sharedFiles('[default]\nregion = eu-west-1\n');
    expect(await resolveRegion({ region: 'eu-west-3' }, { AWS_REGION: 'eu-west-1 ' }, ofSdk)).toBe('eu-west-3');
    expect(await resolveRegion(target, { ...variables, AWS_REGION: 'eu-west-2' }, ofSdk)).toBe('eu-west-2');
    expect(await resolveRegion(target, variables, ofSdk)).toBe('from-the-sdk-1');
  });

  it('is malformed with a blank', async () => {
    expect(await complaintOf(resolveRegion(target, { AWS_REGION: 'eu-west-1 ' }, ofSdk))).toBe(
      'AWS_REGION is "eu-west-1 ", which is not a region; remove the blank around it',
    );
    const variables = sharedFiles('[profile private]\nregion = eu west-1\n');
    expect(await complaintOf(resolveRegion({ ...target, profile: 'private' }, variables, ofSdk))).toBe(
      'the region of the profile "private" is "eu west-1", which is not a region; write it like eu-west-1',
    );
  });

  it('cannot be that of a profile that is missing', async () => {
    const variables = sharedFiles('[default]\nregion = eu-west-1\n');
    expect(await complaintOf(resolveRegion(target, { ...variables, AWS_PROFILE: 'prdo' }, ofSdk))).toBe(
      `no AWS region is known, and the profile "prdo" is not in ${variables.AWS_CONFIG_FILE} or ${variables.AWS_SHARED_CREDENTIALS_FILE} (no such file)`,
    );
  });
});
