import { readFileSync } from 'node:fs';

/** What was built, from which commit and when; `unknown` where that is not known. */
export interface Build {
  readonly version: string;
  readonly branch: string;
  /** The commit; ends with -modified when the sources were not those of the commit. */
  readonly revision: string;
  /** Such as 20260301-12:00:00, in UTC. */
  readonly date: string;
}

/** What runs the build. */
export interface Platform {
  /** Such as v24.1.0. */
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
}

const UNKNOWN = 'unknown';

/** The version in a package.json. Throws when it cannot be read. */
export const readVersion = (packageJson: URL): string => {
  const content: unknown = JSON.parse(readFileSync(packageJson, 'utf8'));
  return typeof content === 'object' && content !== null && 'version' in content ? `${content.version}` : UNKNOWN;
};

/** Reads what scripts/build-info.mjs wrote; a build without it still works. */
export const readBuild = (file: URL, version: string): Build => {
  const content = contentOf(file);
  const text = (name: string): string => {
    const value = content.get(name);
    return typeof value === 'string' && value !== '' ? value : UNKNOWN;
  };
  return { version, branch: text('branch'), revision: text('revision'), date: text('date') };
};

const contentOf = (file: URL): ReadonlyMap<string, unknown> => {
  try {
    const content: unknown = JSON.parse(readFileSync(file, 'utf8'));
    return new Map(Object.entries(content ?? {}));
  } catch {
    return new Map();
  }
};

/** As Go and container images name them. */
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386' };

/** What --version prints, in the form of Prometheus. */
export const describeBuild = (
  { version, branch, revision, date }: Build,
  { node, platform, arch }: Platform,
): string => `aws-glue-exporter, version ${version} (branch: ${branch}, revision: ${revision})
  build date:       ${date}
  node version:     ${node}
  platform:         ${platform}/${ARCHITECTURES[arch] ?? arch}
`;
