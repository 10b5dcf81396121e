import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { describeBuild, readBuild, readVersion } from '../../src/commands/build.ts';
import { temporaryFolder } from '../daemon.ts';

const script = new URL('../../scripts/build-info.mjs', import.meta.url);

/** A project in a folder of its own, and what its build says of itself. */
const project = () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'scripts'));
  mkdirSync(join(folder, 'dist'));
  cpSync(script, join(folder, 'scripts/build-info.mjs'));
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.org', ...args], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  const build = (env: Readonly<Record<string, string>> = {}): Buffer => {
    const { PATH = '' } = process.env;
    execFileSync(process.execPath, ['scripts/build-info.mjs'], { cwd: folder, env: { PATH, ...env } });
    return readFileSync(join(folder, 'dist/build.json'));
  };
  const read = () => readBuild(pathToFileURL(join(folder, 'dist/build.json')), '1.2.3');
  return { folder, git, build, read };
};

describe('what a build says of itself', () => {
  test('is the commit that it was made of, and whether its files were changed', () => {
    const { folder, git, build, read } = project();
    git('init', '--initial-branch=trunk');
    git('add', 'scripts');
    git('commit', '--message=x');
    build({ SOURCE_DATE_EPOCH: '1772366400' });
    const revision = git('rev-parse', 'HEAD');
    expect(read()).toEqual({ version: '1.2.3', branch: 'trunk', revision, date: '20260301-12:00:00' });
    writeFileSync(join(folder, 'scripts/build-info.mjs'), `${readFileSync(script, 'utf8')}\n`);
    build();
    expect(read().revision).toBe(`${revision}-modified`);
  });

  test('is what the environment says where there is no git, as in the Dockerfile, to the byte', () => {
    const { build, read } = project();
    const env = { REVISION: 'abc', BRANCH: 'v1.2.3', SOURCE_DATE_EPOCH: '1772366400' };
    expect(build(env)).toEqual(build(env));
    expect(read()).toEqual({ version: '1.2.3', branch: 'v1.2.3', revision: 'abc', date: '20260301-12:00:00' });
  });

  test('is unknown where nothing says it', () => {
    const { build, read } = project();
    // As build arguments that were not given.
    build({ REVISION: '', BRANCH: '', SOURCE_DATE_EPOCH: '' });
    expect(read()).toMatchObject({ branch: 'unknown', revision: 'unknown', date: expect.stringMatching(/^\d{8}-/) });
    const missing = new URL('file:///nowhere/build.json');
    expect(readBuild(missing, '1')).toEqual({ version: '1', branch: 'unknown', revision: 'unknown', date: 'unknown' });
  });

  test('is not taken from a repository around it', () => {
    const { folder, git, build, read } = project();
    git('init');
    git('commit', '--allow-empty', '--message=x');
    const inner = join(folder, 'node_modules');
    mkdirSync(join(inner, 'dist'), { recursive: true });
    cpSync(join(folder, 'scripts'), join(inner, 'scripts'), { recursive: true });
    execFileSync(process.execPath, ['scripts/build-info.mjs'], { cwd: inner });
    expect(JSON.parse(readFileSync(join(inner, 'dist/build.json'), 'utf8'))).toMatchObject({ revision: 'unknown' });
    build();
    expect(read().revision).toMatch(/^[0-9a-f]{40}$/);
  });

  test('is refused a time that is none', () => {
    expect(() => project().build({ SOURCE_DATE_EPOCH: 'yesterday' })).toThrow(/SOURCE_DATE_EPOCH/);
  });

  test('is printed as Prometheus prints it', () => {
    const build = { version: '1.2.3', branch: 'HEAD', revision: 'abc', date: '20260301-12:00:00' };
    expect(describeBuild(build, { node: 'v24.1.0', platform: 'linux', arch: 'x64' })).toBe(
      `aws-glue-exporter, version 1.2.3 (branch: HEAD, revision: abc)
  build date:       20260301-12:00:00
  node version:     v24.1.0
  platform:         linux/amd64
`,
    );
    expect(describeBuild(build, { node: 'v24.1.0', platform: 'linux', arch: 'arm64' })).toContain('linux/arm64\n');
  });
});

test('the version is that of package.json', () => {
  const file = join(temporaryFolder(), 'package.json');
  const versionIn = (content: string): string => {
    writeFileSync(file, content);
    return readVersion(pathToFileURL(file));
  };
  expect(versionIn('{ "version": "1.2.3" }')).toBe('1.2.3');
  expect(versionIn('{}')).toBe('unknown');
});
