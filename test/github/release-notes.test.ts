import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run, temporaryFolder } from '../daemon.ts';
import { pathOf } from '../docs/pages.ts';

const CHANGELOG = `# Changelog

## 1.1.0 / unreleased

* [FEATURE] Not yet.

## 1.0.0 / 2026-12-01

* [CHANGE] One.
* [FEATURE] Two.

## 0.1.0 / 2026-11-22

* [FEATURE] The first.
`;

/** What the script says of a version in a project with this CHANGELOG. */
const notesOf = async (version: string) => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'scripts'));
  cpSync(pathOf('scripts/release-notes.mjs'), join(folder, 'scripts/release-notes.mjs'));
  writeFileSync(join(folder, 'CHANGELOG.md'), CHANGELOG);
  const { code, stdout, stderr } = await run(process.execPath, [join(folder, 'scripts/release-notes.mjs'), version])
    .exit;
  return { code, stdout, stderr };
};

describe('the notes of a release', () => {
  test('are what the CHANGELOG says of that version', async () => {
    expect(await notesOf('1.0.0')).toEqual({ code: 0, stdout: '* [CHANGE] One.\n* [FEATURE] Two.\n', stderr: '' });
    expect((await notesOf('0.1.0')).stdout).toBe('* [FEATURE] The first.\n');
  });

  test('are refused for a version that has no date', async () => {
    const { code, stdout, stderr } = await notesOf('1.1.0');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('no date for 1.1.0');
  });

  test('are refused for a version that is not there', async () => {
    expect((await notesOf('0.1')).code).toBe(1);
    expect((await notesOf('')).stderr).toContain('says nothing of version ""');
  });
});
