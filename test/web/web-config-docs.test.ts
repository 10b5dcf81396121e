import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { hashSync } from 'bcrypt';
import { afterAll, expect, it } from 'vitest';
import { CONNECTION_LIMITS } from '../../src/web/connections.ts';
import { followWebConfig } from '../../src/web/followed-web-config.ts';
import { describeWith, tool } from '../tools.ts';
import { askTls, cleanups, EXPOSITION, serve } from './serving.ts';

const page = readFileSync(new URL('../../docs/web-config.md', import.meta.url), 'utf8');
const [makeCertificates = '', , , ...others] = [...page.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, text]) => text);
const [webConfig = '', prometheus = ''] = [...page.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, text]) => text);

describeWith(tool('openssl'), 'docs/web-config.md', openssl => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-glue-exporter-web-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');

  it('has an example that works', async () => {
    expect(others).toEqual([]);
    const path = [dirname(openssl), process.env.PATH].join(delimiter);
    execFileSync('sh', ['-ec', makeCertificates], { cwd: folder, stdio: 'pipe', env: { ...process.env, PATH: path } });
    const hash = hashSync('example', 4);
    writeFileSync(
      join(folder, 'web-config.yaml'),
      webConfig.replace('$2y$10$…', () => hash),
    );
    const followed = followWebConfig(join(folder, 'web-config.yaml'), { checkIntervalMs: 2 ** 31 - 1 });
    cleanups.push(followed.stop);
    const { port } = await serve({}, { webConfig: followed });
    const named = (key: string): string => read(new RegExp(`${key}: (.*)`).exec(prometheus)?.[1] ?? '');
    const as = { ca: named('ca_file'), cert: named('cert_file'), key: named('key_file') };
    const login = { Authorization: `Basic ${Buffer.from('prometheus:example').toString('base64')}` };
    expect((await askTls(port, as, '/metrics', login)).body.toString()).toBe(EXPOSITION);
    expect((await askTls(port, as, '/metrics')).status).toBe(401);
    // Cut, sooner or later.
    const stranger = await askTls(port, { ca: as.ca }, '/metrics', login).catch(() => undefined);
    expect(stranger?.body ?? '').toHaveLength(0);
  });

  it('says the limits as they are', () => {
    const {
      headerBytes,
      headersTimeoutMs,
      requestTimeoutMs,
      handshakeTimeoutMs,
      answerTimeoutMs,
      idleTimeoutMs,
      connections,
    } = CONNECTION_LIMITS;
    expect(page).toContain(
      `| headers of a request | ${headerBytes / 1024} KiB, complete within ${headersTimeoutMs / 1000} s |`,
    );
    expect(page).toContain(`| a request with its body | ${requestTimeoutMs / 1000} s;`);
    expect(page).toContain(`| TLS handshake | ${handshakeTimeoutMs / 1000} s |`);
    expect(page).toContain(`| an answer | read within ${answerTimeoutMs / 1000} s of its request |`);
    expect(page).toContain(`| idle connections | ${idleTimeoutMs / 60_000} minutes,`);
    expect(page).toContain(
      `| connections | above ${connections} idle ones are closed; never more than ${2 * connections} for`,
    );
  });
});
