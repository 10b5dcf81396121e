// What runs of other people's code, and what the package says of it.
import { isBuiltin } from 'node:module';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { filesBelow, read } from '../docs/pages.ts';
import { built, describeWith } from '../tools.ts';

const lock = z
  .object({
    packages: z.record(
      z.string(),
      z.object({
        version: z.string().optional(),
        integrity: z.string().optional(),
        dev: z.boolean().optional(),
        optionalDependencies: z.record(z.string(), z.string()).optional(),
      }),
    ),
  })
  .parse(JSON.parse(read('package-lock.json')));
const locked = Object.entries(lock.packages)
  .filter(([path]) => path !== '')
  .map(([path, entry]) => ({ path, name: path.slice(path.lastIndexOf('node_modules/') + 13), ...entry }));
/** What `npm install` of the package brings. */
const installed = locked.filter(({ dev }) => dev !== true);

describe('package-lock.json', () => {
  test('has the hash of every package', () => {
    expect(locked.length).toBeGreaterThan(200);
    expect(locked.filter(({ integrity }) => integrity?.startsWith('sha512-') !== true)).toEqual([]);
  });

  test('has the packages of all platforms, so that `npm ci` works on each', () => {
    const names = new Set(locked.map(({ name }) => name));
    const optional = locked.flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
    expect(optional.length).toBeGreaterThan(50);
    expect(optional.filter(name => !names.has(name))).toEqual([]);
  });
});

describeWith(built(), 'the build', () => {
  const BUNDLE = 'dist/glue/aws.js';
  /** esbuild writes above the code of each file where it comes from. */
  const bundled = [
    ...new Set(
      [...read(BUNDLE).matchAll(/^\/\/ (node_modules\/(?:@[^/\n]+\/)?[^/\n]+)\//gm)].map(([, path = '']) => path),
    ),
  ]
    .map(path => ({ name: path.slice('node_modules/'.length), version: lock.packages[path]?.version ?? 'not locked' }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

  test('has the AWS SDK once: what is bundled is not installed', () => {
    expect(bundled.map(({ name }) => name)).toContain('@aws-sdk/client-glue');
    const names = new Set(bundled.map(({ name }) => name));
    expect(installed.filter(({ name }) => names.has(name) || /^@(?:aws-sdk|smithy|aws)\//.test(name))).toEqual([]);
  });

  test('imports nothing that is not installed', () => {
    const { dependencies } = z
      .object({ dependencies: z.record(z.string(), z.string()) })
      .parse(JSON.parse(read('package.json')));
    const imports = filesBelow('dist')
      .filter(file => file.endsWith('.js'))
      .flatMap(file => [
        ...read(file).matchAll(/(?:^(?:import|export) [^'";=]*?from |^import |\bimport\()['"]([^.'"][^'"]*)['"]/gm),
      ])
      .map(([, name = '']) => name)
      .filter(name => !isBuiltin(name));
    expect([...new Set(imports.map(name => /^(?:@[^/]+\/)?[^/]+/.exec(name)?.[0]))].sort()).toEqual(
      Object.keys(dependencies).sort(),
    );
  });

  test('has the manifest of each bundled package, where scanners look for it', () => {
    const manifest = z.object({ name: z.string(), version: z.string(), license: z.string() });
    const manifests = filesBelow('dist/bundled').map(file => manifest.parse(JSON.parse(read(file))));
    expect(manifests.map(({ name, version }) => ({ name, version }))).toEqual(bundled);
  });

  test('passes the licences of bundled packages on', () => {
    const licences = read('dist/LICENSES.txt');
    expect(bundled.filter(({ name, version }) => !licences.includes(`\n${name} ${version}\n`))).toEqual([]);
    expect(licences).toContain('TERMS AND CONDITIONS FOR USE, REPRODUCTION, AND DISTRIBUTION');
  });

  test('has a bill of materials of all that runs, bundled or installed, and of nothing else', () => {
    const bill = z
      .object({
        bomFormat: z.literal('CycloneDX'),
        metadata: z.object({ component: z.object({ name: z.literal('aws-glue-exporter') }) }),
        components: z.array(
          z.object({
            'bom-ref': z.string(),
            name: z.string(),
            version: z.string(),
            purl: z.string().startsWith('pkg:npm/'),
            hashes: z.array(z.object({ alg: z.literal('SHA-512'), content: z.string() })).min(1),
            properties: z.array(z.object({ name: z.string(), value: z.string() })),
          }),
        ),
        dependencies: z.array(z.object({ ref: z.string(), dependsOn: z.array(z.string()) })),
      })
      .parse(JSON.parse(read('dist/bom.json')));
    const listed = bill.components.map(({ name, version }) => `${name} ${version}`).sort();
    expect(listed).toEqual([...bundled, ...installed].map(({ name, version }) => `${name} ${version}`).sort());
    const inBundle = bill.components.filter(({ properties }) =>
      properties.some(({ name, value }) => name === 'bundled' && value === BUNDLE),
    );
    expect(inBundle.map(({ name, version }) => ({ name, version }))).toEqual(bundled);
    const refs = new Set([...bill.components.map(component => component['bom-ref']), bill.dependencies[0]?.ref]);
    expect(bill.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).every(ref => refs.has(ref))).toBe(
      true,
    );
  });
});
