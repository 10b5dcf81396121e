import { access, constants } from 'node:fs/promises';
import { join } from 'node:path';
import { getHomeDir, loadSharedConfigFiles } from './aws.ts';
import type { Variables } from './environment.ts';

/** A profile of the shared AWS files, as they are now. */
export interface Profile {
  readonly name: string;
  /** Whether the config or the environment names it; else it is the default one. */
  readonly isNamed: boolean;
  /** Undefined where no file has it. */
  readonly settings: Readonly<Record<string, string | undefined>> | undefined;
}

/** Reads the profile of a target: its own, else AWS_PROFILE, else the default one. */
export const readProfile = async (variables: Variables, given: string | undefined): Promise<Profile> => {
  const named = given ?? (variables.AWS_PROFILE || undefined);
  const name = named ?? 'default';
  const { configFile, credentialsFile } = await loadSharedConfigFiles({ ignoreCache: true });
  const [config, credentials] = [configFile[name], credentialsFile[name]];
  const settings = config === undefined && credentials === undefined ? undefined : { ...credentials, ...config };
  return { name, isNamed: named !== undefined, settings };
};

/** What is wrong with a profile that is in no file, and where it was looked for. */
export const explainMissing = async (variables: Variables, { name }: Profile): Promise<string> => {
  const home = join(getHomeDir(), '.aws');
  const files = [
    variables.AWS_CONFIG_FILE || join(home, 'config'),
    variables.AWS_SHARED_CREDENTIALS_FILE || join(home, 'credentials'),
  ];
  const looked = await Promise.all(files.map(async file => `${file}${await unreadable(file)}`));
  return `the profile "${name}" is not in ${looked.join(' or ')}`;
};

const unreadable = async (file: string): Promise<string> => {
  try {
    await access(file, constants.R_OK);
    return '';
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isMissing ? ' (no such file)' : ' (cannot be read)';
  }
};
