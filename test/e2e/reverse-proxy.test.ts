// Real proxies before the real exporter: one that strips the prefix that it adds, and one that does not.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import { type Daemon, eventually, http, run, startDaemon, temporaryFolder } from '../daemon.ts';
import { describeWith, tool } from '../tools.ts';
import { configFor, place, simulate } from './account.ts';

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
};

/** An nginx that answers below /glue/ as a location of its configuration says. Resolves to its address. */
const startNginx = async (nginx: string, location: string): Promise<string> => {
  const folder = temporaryFolder();
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `${name}_temp_path ${folder}/${name};`)
    .join(' ');
  writeFileSync(
    config,
    `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {}
http { access_log off; ${temporary}
  server { listen 127.0.0.1:${port}; ${location} } }`,
  );
  const proxy = run(nginx, ['-e', 'stderr', '-p', folder, '-c', config]);
  const url = `http://127.0.0.1:${port}`;
  const stopped = proxy.exit.then(({ stderr }) => Promise.reject(new Error(`nginx has ended: ${stderr}`)));
  const answers = eventually('nginx', () =>
    http(url).then(
      () => true as const,
      () => undefined,
    ),
  );
  await Promise.race([answers, stopped]);
  stopped.catch(() => {});
  return url;
};

const startExporter = async (...args: string[]): Promise<Daemon> => {
  const now = Math.floor(Date.now() / 1000);
  const failed = { Id: 'jr_1', JobRunState: 'FAILED', StartedOn: now - 60, CompletedOn: now - 30, ErrorMessage: 'x' };
  const jobs = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`etl-${index}`, [failed]]));
  const simulator = await simulate([scriptedWorld({ ...place, jobs })], { clock: () => now });
  return startDaemon({ config: configFor(simulator), args: ['--web.enable-lifecycle', ...args] });
};

/** The page that a browser ends up with, following redirects as browsers do. */
const browse = async (from: string) => {
  const { status, url, text } = await fetch(from).then(async answer => ({
    status: answer.status,
    url: answer.url,
    text: await answer.text(),
  }));
  return { status, url, text };
};

/** Everything that the page leads to of the exporter's own. */
const linksOf = (text: string, page: string): readonly string[] =>
  [...text.matchAll(/href="([^"#]+)[^"]*"/g)]
    .map(([, href = '']) => new URL(href.replaceAll('&amp;', '&'), page).href)
    .filter(href => href.startsWith(new URL(page).origin));

describeWith(tool('nginx'), 'behind nginx', nginx => {
  const keeps = 'location / { proxy_pass EXPORTER; }';
  const strips = 'location /glue/ { proxy_pass EXPORTER/; }';
  const external = '--web.external-url=https://monitoring.example.org/glue/';
  it.each([
    ['keeps the prefix, which the exporter knows by its external URL', keeps, [external]],
    ['keeps the prefix, which is all that the exporter knows', keeps, ['--web.route-prefix=/glue']],
    ['strips the prefix', strips, [external, '--web.route-prefix=/']],
    ['strips a prefix that the exporter knows nothing of', strips, []],
    [
      'strips the prefix with or without its slash, as ingress controllers do',
      'location /glue { rewrite ^/glue/?(.*)$ /$1 break; proxy_pass EXPORTER; }',
      [external, '--web.route-prefix=/'],
    ],
    [
      'exchanges the prefix for another',
      'location /glue/ { proxy_pass EXPORTER/inside/; }',
      ['--web.route-prefix=/inside'],
    ],
  ])('that %s all links of the page lead somewhere', async (_, location, flags) => {
    const prefix = '/glue';
    const daemon = await startExporter(...flags);
    await daemon.log('the first poll', ({ msg }) => (msg === 'First poll complete' ? true : undefined));
    const proxy = await startNginx(nginx, location.replace('EXPORTER', daemon.url));
    for (const start of [`${proxy}${prefix}`, `${proxy}${prefix}/?q=etl&sort=name`]) {
      const { status, url, text } = await browse(start);
      expect([status, new URL(url).pathname.replace(/\/$/, '')], start).toEqual([200, prefix]);
      expect(text).toContain('Failed in the last day (60)');
      const links = linksOf(text, url);
      expect(links.length).toBeGreaterThan(10);
      expect(links).toContain(`${proxy}${prefix}/metrics`);
      for (const link of links) {
        const answer = await browse(link);
        expect([answer.status, answer.url], link).toEqual([200, link]);
      }
      // A form without an action is sent to the page's own path.
      expect(text).not.toMatch(/<form[^>]* action=/);
    }
  });
});
