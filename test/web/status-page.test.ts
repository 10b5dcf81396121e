import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TargetStatus } from '../../src/status.ts';
import { renderStatusPage, STATUS_PAGE_CSP, type StatusPage } from '../../src/web/status-page.ts';

const noon = Date.UTC(2026, 2, 1, 12) / 1000;

const up: TargetStatus = {
  accountId: '111122223333',
  region: 'eu-west-1',
  up: true,
  error: undefined,
  lastPollEndedAt: noon,
  lastPollSeconds: 1.26,
  collectors: [
    { name: 'jobs', entities: 60, polled: 60 },
    { name: 'workflows', entities: 12, polled: 5 },
  ],
};
const waiting: TargetStatus = {
  ...up,
  accountId: undefined,
  up: undefined,
  lastPollEndedAt: undefined,
  lastPollSeconds: undefined,
  collectors: [],
};
const down: TargetStatus = { ...up, up: false, error: 'GetJobs: AccessDeniedException: User is not authorized' };

const page = (change: Partial<StatusPage> = {}): string =>
  renderStatusPage({ version: '1.2.3', telemetryPath: '/metrics', ready: true, targets: [up], ...change });

/** The tags of a page, attributes and all. */
const tagsOf = (markup: string): readonly string[] => markup.match(/<[^>]*>/g) ?? [];
/** What a person reads of a page. */
const textOf = (markup: string): string =>
  markup
    .replace(/<style>[\s\S]*<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the status page', () => {
  it('shows every target with its last poll and what was found', () => {
    expect(textOf(page())).toContain(
      '111122223333 eu-west-1 up 2026-03-01 12:00:00 UTC , took 1.3s 60 jobs 12 workflows (5 polled)',
    );
  });

  it('shows the error of a target that is down', () => {
    expect(textOf(page({ targets: [up, down] }))).toContain('GetJobs: AccessDeniedException: User is not authorized');
    expect(tagsOf(page({ targets: [down] }))).toContain('<span class="down">');
  });

  it('shows a target before its first poll has ended', () => {
    expect(textOf(page({ targets: [waiting] }))).toContain('not known yet eu-west-1 first poll under way');
  });

  it('says whether the exporter is ready', () => {
    expect(textOf(page())).toContain('Readiness : ready');
    expect(textOf(page({ ready: false }))).toContain('Readiness : the first poll is not complete yet');
  });

  it('leads to everything there is', () => {
    const links = [...page({ telemetryPath: '/probe' }).matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    expect(links).toEqual(['/probe', '/-/healthy', '/-/ready']);
  });

  it('allows its own style, and nothing else', () => {
    const style = /<style>([\s\S]*)<\/style>/.exec(page())?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(STATUS_PAGE_CSP).toContain(`style-src 'sha256-${hash}'`);
    expect(STATUS_PAGE_CSP).toMatch(/^default-src 'none';/);
    expect(page()).not.toMatch(/<script|<img|style=|src=|url\(|@import/);
  });

  it('has the same tags whatever names, regions and errors hold', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '</td><script>alert(1)</script>',
        '"><img src=x onerror=alert(1)>',
        "' onmouseover='x",
        '<!--',
        ']]>',
      ),
    );
    const tags = tagsOf(page({ targets: [down, down] }));
    fc.assert(
      fc.property(hostile, hostile, hostile, hostile, (accountId, region, error, name) => {
        const collectors = down.collectors.map(collector => ({ ...collector, name }));
        const target = { ...down, accountId, region, error, collectors };
        expect(tagsOf(page({ targets: [target, down], version: name }))).toEqual(tags);
      }),
    );
  });
});
