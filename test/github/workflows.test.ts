import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { filesBelow, read } from '../docs/pages.ts';

const FOLDER = '.github/workflows';

const step = z.strictObject({
  name: z.string().optional(),
  id: z.string().optional(),
  if: z.string().optional(),
  uses: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
  run: z.string().optional(),
  env: z.record(z.string(), z.string()).optional(),
});
const permissions = z.record(z.string(), z.enum(['read', 'write']));
const job = z.strictObject({
  name: z.string(),
  needs: z.array(z.string()).optional(),
  'runs-on': z.string(),
  container: z.strictObject({ image: z.string(), options: z.string() }).optional(),
  'timeout-minutes': z.number(),
  environment: z.string().optional(),
  outputs: z.record(z.string(), z.string()).optional(),
  permissions,
  strategy: z
    .strictObject({ 'fail-fast': z.boolean(), matrix: z.strictObject({ node: z.array(z.string()) }) })
    .optional(),
  steps: z.array(step),
});
const workflow = z.strictObject({
  name: z.string(),
  on: z.record(z.string(), z.unknown()),
  permissions: z.strictObject({}),
  // With it, a command that fails in a pipe is a failure.
  defaults: z.strictObject({ run: z.strictObject({ shell: z.literal('bash') }) }),
  concurrency: z.strictObject({ group: z.string(), 'cancel-in-progress': z.union([z.string(), z.boolean()]) }),
  jobs: z.record(z.string(), job),
});

const workflows = filesBelow(FOLDER).map(file => ({ file, text: read(file), ...workflow.parse(parse(read(file))) }));
const named = (name: string) => {
  const found = workflows.find(({ file }) => file === `${FOLDER}/${name}`);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
};
const packageJson = z
  .object({ scripts: z.record(z.string(), z.string()), engines: z.object({ node: z.string() }) })
  .parse(JSON.parse(read('package.json')));

describe.each(workflows)('the workflow $file', ({ text, on, jobs }) => {
  const steps = Object.values(jobs).flatMap(({ steps }) => steps);

  test('uses actions only as they are in one commit, and says which version that is', () => {
    const lines = text.split('\n').filter(line => /^\s*(- )?uses:/.test(line));
    expect(lines).toHaveLength(steps.filter(({ uses }) => uses !== undefined).length);
    expect(lines.filter(line => !/uses: [\w.-]+\/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))).toEqual([]);
  });

  test('gives each job its own permissions, and nothing to all', () => {
    expect(text).toMatch(/^permissions: \{\}$/m);
    expect(Object.values(jobs).every(({ permissions }) => permissions.contents !== undefined)).toBe(true);
  });

  test('runs nothing of a stranger with rights of the project', () => {
    expect(Object.keys(on)).not.toContain('pull_request_target');
    expect(Object.keys(on)).not.toContain('workflow_run');
    const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
    expect(checkouts.every(checkout => checkout.with?.['persist-credentials'] === false)).toBe(true);
  });

  test('lets no name of a branch or tag into a script but through a variable', () => {
    expect(steps.filter(({ run }) => run?.includes('${{'))).toEqual([]);
  });

  test('calls only what there is', () => {
    const scripts = steps.flatMap(({ run }) => (run === undefined ? [] : [run])).join('\n');
    const ofNpm = [...scripts.matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name = '']) => name);
    expect(ofNpm.filter(name => !(name in packageJson.scripts))).toEqual([]);
    const files = [...scripts.matchAll(/(?:node|bash) ((?:scripts\/|\.ci\/)[\w./-]+)/g)].map(([, path = '']) => path);
    expect(files.every(path => read(path) !== '')).toBe(true);
  });

  test('has an end', () => {
    expect(Object.values(jobs).every(found => found['timeout-minutes'] <= 90)).toBe(true);
  });
});

describe('CI', () => {
  const { on, jobs, concurrency } = named('ci.yml');

  test('runs what .ci/run does, on every Node that is supported, from the oldest on', () => {
    const nodes = jobs.test?.strategy?.matrix.node ?? [];
    expect(packageJson.engines.node).toBe(`>=${nodes[0]}`);
    expect(nodes).toEqual(['20.19', '22', '24']);
    expect(jobs.test?.steps.some(({ run }) => run === 'bash .ci/run')).toBe(true);
    expect(jobs.test?.container?.image).toContain('-bookworm');
    // Small file systems are mounted in it.
    expect(jobs.test?.container?.options).toContain('--cap-add=SYS_ADMIN');
  });

  test('gives pull requests the right to read, and no more', () => {
    expect(Object.keys(on)).toEqual(['push', 'pull_request']);
    expect(Object.values(jobs).map(({ permissions: given }) => given)).toEqual([
      { contents: 'read' },
      { contents: 'read' },
    ]);
    expect(concurrency.group).toContain('github.ref');
  });

  test('builds the image and starts it without rights', () => {
    const scripts = (jobs.image?.steps ?? []).map(({ run }) => run ?? '').join('\n');
    expect(scripts).toContain('docker build ');
    expect(scripts).toMatch(/--read-only --cap-drop=ALL --security-opt=no-new-privileges/);
  });
});

describe('a release', () => {
  const { on, jobs, text } = named('release.yml');
  const scriptsOf = (name: string): string => (jobs[name]?.steps ?? []).map(({ run }) => run ?? '').join('\n');

  const needs = (name: string, earlier: string): boolean =>
    name === earlier || (jobs[name]?.needs ?? []).some(needed => needs(needed, earlier));
  const order = (name: string, ...texts: readonly string[]) => {
    const places = texts.map(found => scriptsOf(name).indexOf(found));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBeGreaterThanOrEqual(0);
  };

  test('begins with a tag, and is published only when everything was checked, tested and built', () => {
    expect(on).toEqual({ push: { tags: ['v*'] } });
    expect(Object.keys(jobs).filter(name => !needs(name, 'check'))).toEqual([]);
    for (const earlier of ['test', 'build', 'draft']) expect(needs('publish', earlier)).toBe(true);
    expect(needs('build', 'test')).toBe(true);
    expect(scriptsOf('check')).toContain('git merge-base --is-ancestor HEAD origin/main');
    expect(scriptsOf('check')).toContain('node scripts/release-check.mjs');
    expect(scriptsOf('check')).toContain('npm publish --dry-run ');
  });

  test('shows nothing to anybody before the last job, which begins with what cannot be undone and ends with what announces it', () => {
    const publishing = /npm publish "|helm push|imagetools create|--draft=false/;
    const early = Object.keys(jobs).filter(name => name !== 'publish' && publishing.test(scriptsOf(name)));
    expect(early).toEqual([]);
    const pushed = jobs.build?.steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(pushed?.with?.tags).toBeUndefined();
    expect(pushed?.with?.outputs).toContain('push-by-digest=true');
    expect(scriptsOf('draft')).toContain('gh release create "$TAG" --draft ');
    order(
      'publish',
      'npm publish ',
      'imagetools create --tag ',
      ' push assets/',
      'gh release edit "$TAG" --draft=false',
    );
  });

  test('can be run again after it was interrupted', () => {
    // Tags of images and charts and drafts are replaced by the same; npm refuses a version that is there.
    expect(scriptsOf('publish')).toMatch(/dist\.integrity[\s\S]*if \[ -z "\$there" \]; then\n\s*npm publish /);
    expect(scriptsOf('draft')).toContain('--clobber');
  });

  test('has the right to write only where it writes, and no secret', () => {
    const writing = Object.entries(jobs).map(([name, { permissions: given }]) => [
      name,
      Object.keys(given).filter(scope => given[scope] === 'write'),
    ]);
    expect(Object.fromEntries(writing)).toEqual({
      check: ['packages', 'id-token'],
      test: [],
      build: ['packages', 'id-token'],
      draft: ['contents'],
      publish: ['contents', 'packages', 'id-token'],
    });
    expect(text).not.toMatch(/secrets\./);
  });

  test('builds the image from the newest base images, by digest', () => {
    const push = jobs.build?.steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    const bases = [...read('Dockerfile').matchAll(/^ARG (\w+_IMAGE)=/gm)].map(([, name = '']) => name);
    expect(bases).toHaveLength(2);
    for (const base of bases) {
      expect(push?.with?.['build-args']).toContain(`${base}=\${{ steps.bases.outputs.${base} }}`);
      expect(scriptsOf('build')).toContain(base);
    }
    expect(scriptsOf('build')).toContain('cosign verify "$RUNTIME_IMAGE"');
  });

  test('takes nothing out of a cache', () => {
    const steps = Object.values(jobs).flatMap(found => found.steps);
    const node = steps.filter(({ uses }) => uses?.startsWith('actions/setup-node@'));
    expect(node.length).toBeGreaterThan(1);
    expect(node.every(found => found.with?.['package-manager-cache'] === false && found.with.cache === undefined)).toBe(
      true,
    );
    expect(text).not.toContain('cache-from');
  });

  test('lets npm log in as the trusted publisher only', () => {
    // With registry-url the action writes a token that is none: the dry run would find npm logged in.
    expect(text).not.toContain('registry-url');
  });

  test('signs image and chart, with a bill of materials for each platform and for the package', () => {
    const push = jobs.build?.steps.find(({ uses }) => uses?.startsWith('docker/build-push-action@'));
    expect(push?.with).toMatchObject({ platforms: 'linux/amd64,linux/arm64', sbom: true, provenance: 'mode=max' });
    expect(scriptsOf('build')).toMatch(/^cosign sign --yes "ghcr\.io\/\$REPOSITORY@\$DIGEST"$/m);
    expect(scriptsOf('publish')).toMatch(
      /^cosign sign --yes "ghcr\.io\/\$OWNER\/charts\/aws-glue-exporter@\$digest"$/m,
    );
    expect(scriptsOf('build')).toContain('cp dist/bom.json assets/');
    expect(scriptsOf('publish')).toContain('--provenance');
  });

  test('builds the image for other machines without running anything on them', () => {
    const stages = read('Dockerfile')
      .split(/^FROM /m)
      .slice(1);
    const emulated = stages.filter(stage => /^RUN /m.test(stage) && !stage.startsWith('--platform=$BUILDPLATFORM '));
    expect(stages.length).toBe(3);
    expect(emulated).toEqual([]);
    // The one dependency that is not JavaScript.
    for (const platform of ['linux-x64', 'linux-arm64']) {
      expect(filesBelow(`node_modules/bcrypt/prebuilds/${platform}`)).not.toEqual([]);
    }
  });

  test('is verified in SECURITY.md by the name of this very workflow', () => {
    const security = read('SECURITY.md');
    expect(security).toContain('/.github/workflows/release.yml@refs/tags/v');
    expect(security).toContain('ghcr.io/aws-glue-exporter/charts/aws-glue-exporter:');
  });
});

describe('Dependabot', () => {
  test('watches everything that is pinned in files that it reads', () => {
    const { version, updates } = z
      .object({
        version: z.literal(2),
        updates: z.array(z.object({ 'package-ecosystem': z.string(), directory: z.string() })),
      })
      .parse(parse(read('.github/dependabot.yml')));
    expect(version).toBe(2);
    expect(updates.map(update => [update['package-ecosystem'], update.directory])).toEqual([
      ['npm', '/'],
      ['github-actions', '/'],
      ['docker-compose', '/monitoring/compose'],
    ]);
  });
});
