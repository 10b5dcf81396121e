import { createServer } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { cleanEnvironment, run } from '../daemon.ts';
import { pathOf, read } from '../docs/pages.ts';

const { version }: { readonly version: string } = JSON.parse(read('package.json'));
const REPOSITORY = 'aws-glue-exporter/aws-glue-exporter';
const IMAGE = REPOSITORY;
const CHART = 'aws-glue-exporter/charts/aws-glue-exporter';

/** npm's registry and one of images, as far as they are asked. */
interface Registries {
  /** Undefined: npm does not know the package. */
  readonly versions?: readonly string[] | undefined;
  readonly mayPush?: readonly string[];
  readonly tagged?: readonly string[];
}

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const serve = async ({ versions, mayPush = [IMAGE, CHART], tagged = [] }: Registries) => {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { method = '', url = '' } = request;
    requests.push(`${method} ${url.replace(/\?.*/, '')}`);
    const answer = (status: number, body: unknown = {}, headers = {}) =>
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    const [, path = '', , reference] = /^\/v2\/(.*)\/(blobs|manifests)\/([^?]*)/.exec(url) ?? [];
    if (url.startsWith('/token')) return answer(200, { token: 'good' });
    if (url === '/aws-glue-exporter') {
      return versions === undefined
        ? answer(404)
        : answer(200, { versions: Object.fromEntries(versions.map(there => [there, {}])) });
    }
    if (request.headers.authorization !== 'Bearer good') return answer(401);
    if (method === 'POST') {
      return mayPush.includes(path) ? answer(202, {}, { location: `${url}1` }) : answer(403);
    }
    if (method === 'DELETE') return answer(204);
    return answer(tagged.includes(path) && reference === version ? 200 : 404);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { url: `http://127.0.0.1:${address.port}`, requests };
};

const check = async (registries: Registries, changes: Readonly<Record<string, string>> = {}) => {
  const { url, requests } = await serve(registries);
  const env = {
    ...cleanEnvironment(),
    TAG: `v${version}`,
    REPOSITORY,
    ACTOR: 'somebody',
    TOKEN: 'token',
    NPM_REGISTRY: url,
    IMAGE_REGISTRY: url,
    ...changes,
  };
  const { code, stdout, stderr } = await run(process.execPath, [pathOf('scripts/release-check.mjs')], env).exit;
  return { code, said: stdout + stderr, requests };
};

describe('the check before a release', () => {
  test('passes when versions agree and are free, and both registries take them; it uploads nothing', async () => {
    const { code, said, requests } = await check({ versions: ['0.0.0'] });
    expect({ code, said }).toEqual({ code: 0, said: `aws-glue-exporter ${version} can be released\n` });
    for (const path of [IMAGE, CHART]) {
      expect(requests).toContain(`POST /v2/${path}/blobs/uploads/`);
      expect(requests).toContain(`DELETE /v2/${path}/blobs/uploads/1`);
    }
    expect(requests.filter(request => /^(?:PUT|PATCH)/.test(request))).toEqual([]);
  });

  test('says where the first publication is described when npm does not know the package', async () => {
    const { code, said } = await check({ versions: undefined });
    expect(code).toBe(1);
    expect(said).toContain('is not on npm: a trusted publisher needs a package that exists, see docs/releasing.md');
  });

  test('lists everything that would refuse it', async () => {
    const { code, said } = await check(
      { versions: [version], mayPush: [IMAGE], tagged: [IMAGE] },
      { TAG: 'v9.9.9', REPOSITORY: IMAGE },
    );
    expect(code).toBe(1);
    expect(said.split('\n')).toEqual([
      `release-check: the tag is v9.9.9, but package.json has version ${version}`,
      `release-check: npm has aws-glue-exporter ${version} already`,
      `release-check: ${IMAGE}:${version} exists already`,
      `release-check: no right to push ${CHART}: the registry answers 403, see docs/releasing.md`,
      '',
    ]);
  });

  test('refuses another repository than the one in package.json, as npm would', async () => {
    const { code, said } = await check(
      { versions: [], mayPush: ['some/fork', 'some/charts/aws-glue-exporter'] },
      { REPOSITORY: 'some/fork' },
    );
    expect(code).toBe(1);
    expect(said).toMatch(/^release-check: npm refuses provenance: .*some\/fork\.git\n$/);
  });

  test('lets a repeated run find what the run before it has published', async () => {
    const there = { versions: [version], tagged: [IMAGE, CHART] };
    expect((await check(there, { RUN_ATTEMPT: '1' })).code).toBe(1);
    expect((await check(there, { RUN_ATTEMPT: '2' })).code).toBe(0);
  });

  test('takes a registry that does not answer for a refusal', async () => {
    const { url } = await serve({});
    for (const close of closing.splice(0)) close();
    const { code, said } = await check({ versions: [] }, { IMAGE_REGISTRY: url });
    expect(code).toBe(1);
    expect(said).toContain('ECONNREFUSED');
  });
});
