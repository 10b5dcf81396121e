import { EnvironmentError, type Variables } from './environment.ts';
import { explainMissing, readProfile } from './profile.ts';

const REGION = /^[a-z0-9-]+$/;

/**
 * The region of a target: its own, else that of the environment, else that of the profile, as `ofSdk` finds it. Rejects with an
 * EnvironmentError that names what is malformed, or as the SDK does where there is none.
 */
export const resolveRegion = async (
  target: { readonly region: string | undefined; readonly profile?: string | undefined },
  variables: Variables,
  ofSdk: () => Promise<string>,
): Promise<string> => {
  if (target.region !== undefined) return target.region;
  const { AWS_REGION } = variables;
  if (AWS_REGION !== undefined && AWS_REGION !== '') return wellFormed('AWS_REGION', AWS_REGION);
  const profile = await readProfile(variables, target.profile);
  if (profile.isNamed && profile.settings === undefined) {
    throw new EnvironmentError(`no AWS region is known, and ${await explainMissing(variables, profile)}`);
  }
  const { region = '' } = profile.settings ?? {};
  if (region !== '') wellFormed(`the region of the profile "${profile.name}"`, region);
  return ofSdk();
};

const wellFormed = (whose: string, region: string): string => {
  if (REGION.test(region)) return region;
  const remedy = REGION.test(region.trim()) ? 'remove the blank around it' : 'write it like eu-west-1';
  throw new EnvironmentError(`${whose} is ${JSON.stringify(region)}, which is not a region; ${remedy}`);
};
