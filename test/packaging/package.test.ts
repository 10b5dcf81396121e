// package.json as npm and its registry read it.
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { RUNBOOKS } from '../../monitoring/source/site.ts';
import { pathOf, read } from '../docs/pages.ts';

const manifest = z
  .object({
    homepage: z.string(),
    bugs: z.string(),
    repository: z.object({ type: z.literal('git'), url: z.string() }),
    files: z.array(z.string()),
  })
  .parse(JSON.parse(read('package.json')));
const home = RUNBOOKS.slice(0, RUNBOOKS.indexOf('/blob/'));

describe('package.json', () => {
  test('says where the project is, which is where alerts link to: npm refuses provenance of another repository', () => {
    expect(home).toMatch(/^https:\/\/github\.com\/[\w-]+\/aws-glue-exporter$/);
    expect(manifest.repository.url).toBe(`git+${home}.git`);
    expect(manifest.homepage).toBe(`${home}#readme`);
    expect(manifest.bugs).toBe(`${home}/issues`);
    expect(read('Dockerfile')).toContain(`org.opencontainers.image.source="${home}"`);
  });

  test('packs what is there, and nothing that needs the sources', () => {
    expect(manifest.files.filter(file => file !== 'dist' && !existsSync(pathOf(file)))).toEqual([]);
    // It builds the image from the Dockerfile and src.
    expect(manifest.files.filter(file => file.includes('compose'))).toEqual([]);
  });
});
