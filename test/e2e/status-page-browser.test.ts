import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { JsonObject } from '../../src/simulator/world.ts';
import type { TargetStatus } from '../../src/status.ts';
import type { WebSources } from '../../src/web/server.ts';
import { startDaemon } from '../daemon.ts';
import { describeWith, tool } from '../tools.ts';
import { serve } from '../web/serving.ts';
import {
  failure,
  job,
  manyTargets,
  NOON,
  partlyFailed,
  recentOf,
  runsOf,
  SPARK_ERROR,
  target,
  tenThousandJobs,
} from '../web/status/fixtures.ts';
import { configFor, place, simulate } from './account.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const down: TargetStatus = {
  ...target,
  accountId: '444455556666',
  region: 'us-east-1',
  up: false,
  error: 'GetJobs: AccessDeniedException: User is not authorized to perform glue:GetJobs',
  oldestReadAt: NOON - 900,
};
const waiting: TargetStatus = { ...target, region: 'eu-north-1', accountId: undefined, up: undefined, collectors: [] };

/** A page with one of everything. */
const everything: Partial<WebSources> = {
  status: () => [target, down, waiting],
  shard: '0/2',
  config: () => '',
  runs: () =>
    runsOf({
      entities: [
        job('etl-orders', {
          recent: recentOf('SSSSFTPUSSR'),
          active: { jr_now: { state: 'RUNNING', startedAt: Date.now() / 1000 - 7_200 } },
          newest: { state: 'RUNNING', startedAt: Date.now() / 1000 - 7_200 },
          lastFailureAt: NOON - 7_200,
        }),
        job('adhoc'),
        ...Array.from({ length: 70 }, (_, index) => job(`daily-${index}`, { recent: recentOf('SSF') })),
      ],
      failures: Array.from({ length: 25 }, (_, index) =>
        failure(`daily-${index}`, { error: index === 3 ? undefined : 'KeyError: customer_id' }),
      ),
    }),
};

/** What somebody with a phone in the night is shown: 150 targets, three of them down, and jobs with long messages and ids. */
const night: Partial<WebSources> = {
  ...everything,
  status: manyTargets,
  runs: () =>
    runsOf({
      entities: [
        ...Array.from({ length: 30 }, (_, index) =>
          job(`etl-orders-of-the-day-with-a-long-name-${index}`, {
            recent: recentOf('SSSSFTPUSSSSSSSSSSRF'),
            active: { [`jr_${'0123456789abcdef'.repeat(4)}${index}`]: { state: 'RUNNING', startedAt: NOON } },
            lastFailureAt: NOON,
          }),
        ),
        job('daily'),
      ],
      failures: Array.from({ length: 450 }, (_, index) =>
        failure(`etl-orders-of-the-day-with-a-long-name-${index % 150}`, {
          id: `jr_${'0123456789abcdef'.repeat(4)}${index}`,
          error: SPARK_ERROR,
        }),
      ),
    }),
};
const PHONE = { width: 390, height: 844 };

describeWith(tool('chromium'), 'in a browser the status page', executablePath => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
  });
  afterAll(() => browser.close());
  afterEach(() => Promise.all(browser.contexts().map(context => context.close())));

  /** A page of a context of its own, with what the browser complains of. */
  const open = async (url: string, options: BrowserContextOptions = {}) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', message => complaints.push(message.text()));
    page.on('pageerror', error => complaints.push(error.message));
    page.on('dialog', dialog => {
      complaints.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    const response = await page.goto(url);
    return { page, complaints, response };
  };

  const names = (page: Page) => page.locator('section[aria-labelledby=runs] tbody th').allTextContents();

  it.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 1280],
    ['dark', 390],
  ] as const)('has nothing that axe finds fault with, in %s colours and %i wide', async (colorScheme, width) => {
    const sources = width === 390 ? night : everything;
    const { url } = await serve({ ...sources, status: () => [...(sources.status?.() ?? []), partlyFailed] });
    // axe is a script, which the page's own policy would keep out.
    const { page } = await open(`${url}/?q=e`, {
      colorScheme,
      viewport: { width, height: 900 },
      bypassCSP: true,
    });
    await page.addScriptTag({ content: AXE });
    const found: unknown = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(
      ({ violations, passes }) => ({
        passed: passes.map(({ id }) => id),
        faults: violations.flatMap(({ id, nodes }) =>
          nodes.map(({ html, any }) => [id, html, any.map(({ message }) => message)])),
      }))`);
    expect(found).toMatchObject({
      faults: [],
      passed: expect.arrayContaining(['color-contrast', 'region', 'landmark-one-main', 'aria-allowed-attr']),
    });
  });

  it('can be searched with the keyboard alone, without script, and the URL keeps what was asked for', async () => {
    const { url } = await serve(everything);
    const { page } = await open(url, { javaScriptEnabled: false });
    expect(await names(page)).toHaveLength(50);
    const search = page.getByRole('searchbox', { name: 'Name contains' });
    await page.keyboard.press('Tab');
    await expect.poll(() => page.getByRole('link', { name: 'Skip to content' }).isVisible()).toBe(true);
    let steps = 1;
    while (!(await search.evaluate(field => field === field.ownerDocument.activeElement))) {
      await page.keyboard.press('Tab');
      steps += 1;
      expect(steps).toBeLessThan(20);
    }
    await page.keyboard.type('ORDERS');
    await Promise.all([page.waitForURL(/\?q=ORDERS/), page.keyboard.press('Enter')]);
    expect(await names(page)).toEqual([expect.stringContaining('etl-orders')]);
    expect(await search.inputValue()).toBe('ORDERS');
    await page.getByRole('link', { name: 'Clear filters' }).click();
    expect(await names(page)).toHaveLength(50);
  });

  it('is sorted, filtered and turned by links and a form', async () => {
    const { url } = await serve(everything);
    const { page } = await open(url, { javaScriptEnabled: false });
    await page.getByRole('link', { name: 'Next page' }).click();
    expect(new URL(page.url()).search).toBe('?page=2');
    expect(await names(page)).toHaveLength(22);
    await page.getByRole('link', { name: 'Name', exact: true }).click();
    expect((await names(page))[0]).toContain('adhoc');
    expect(await page.getByRole('columnheader', { name: 'Name' }).getAttribute('aria-sort')).toBe('ascending');
    await page.getByRole('link', { name: 'Name', exact: true }).click();
    expect((await names(page))[0]).toContain('etl-orders');
    await page.getByLabel('Failing only').check();
    await page.getByRole('button', { name: 'Filter' }).click();
    expect(new URL(page.url()).search).toBe('?q=&failing=1&type=&account=&region=&sort=-name');
    expect(await page.getByRole('heading', { name: 'Jobs and workflows (70)' }).count()).toBe(1);
    await page.getByRole('link', { name: 'Show all 25 failed runs' }).click();
    expect(await page.locator('section[aria-labelledby=failures] tbody tr').count()).toBe(25);
  });

  it.each(['light', 'dark'] as const)('shows failures and their cause on a phone, in %s colours', async colorScheme => {
    const { url } = await serve(night);
    const { page } = await open(url, { colorScheme, viewport: PHONE, javaScriptEnabled: false });
    const row = page.locator('section[aria-labelledby=failures] tbody tr').first();
    const [rowBox, cause] = await Promise.all([row.boundingBox(), row.locator('.cause').boundingBox()]);
    expect(cause?.x).toBeGreaterThanOrEqual(0);
    expect((cause?.x ?? 0) + (cause?.width ?? Number.NaN)).toBeLessThanOrEqual(PHONE.width);
    // The name and the first lines of the cause are on the first screen.
    expect(rowBox?.y).toBeLessThan(PHONE.height - 150);
    expect(cause?.y).toBeLessThan(PHONE.height - 100);
    const banner = page.getByRole('region', { name: '3 of 150 targets are down' });
    expect((await banner.boundingBox())?.y).toBeLessThan(rowBox?.y ?? 0);
    expect(await banner.getByText('100000000002 eu-central-1: AssumeRole: AccessDenied').isVisible()).toBe(true);
  });

  it('shows failed collectors below the targets that are down, on a phone and without script', async () => {
    const targets = [...manyTargets(), partlyFailed, partlyFailed];
    const { url } = await serve({ ...night, status: () => targets });
    const { page } = await open(url, { viewport: PHONE, javaScriptEnabled: false });
    const banner = page.getByRole('region', { name: '2 of 152 targets have failed collectors' });
    const downBanner = page.getByRole('region', { name: '3 of 152 targets are down' });
    expect((await banner.boundingBox())?.y).toBeGreaterThan((await downBanner.boundingBox())?.y ?? Number.NaN);
    const failures = await page.locator('section[aria-labelledby=failures] tbody tr').first().boundingBox();
    expect(failures?.y).toBeLessThan(PHONE.height);
    expect(await banner.getByRole('link', { name: 'Show all 2' }).isVisible()).toBe(true);
    const section = page.getByRole('region', { name: 'Targets: 149 up (2 with failed collectors), 3 down' });
    expect(await section.getByRole('rowheader').count()).toBe(5);
    expect(await section.getByText('workflows failed').first().isVisible()).toBe(true);
  });

  it('needs no scrolling to the side on a phone, whatever is opened', async () => {
    const { url } = await serve(night);
    const { page } = await open(url, { viewport: PHONE });
    for (const summary of await page.locator('summary').all()) await summary.click();
    const tooWide = `[document.documentElement, ...document.querySelectorAll('*')]
      .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth)
      .map(({ outerHTML }) => outerHTML.slice(0, 200))`;
    expect(await page.evaluate(tooWide)).toEqual([]);
    expect(await page.getByRole('rowheader', { name: '100000000049' }).first().isVisible()).toBe(true);
  });

  it('sums targets up, shows those that are down, and the others when they are opened', async () => {
    const { url } = await serve(night);
    const { page } = await open(url, { javaScriptEnabled: false });
    const section = page.getByRole('region', { name: 'Targets: 147 up, 3 down' });
    const shown = section.getByRole('rowheader');
    expect(await shown.count()).toBe(3);
    await section.getByText('147 up', { exact: true }).click();
    expect(await shown.count()).toBe(150);
  });

  it('shows all of a list, page by page', async () => {
    const { url } = await serve(night);
    const { page } = await open(url, { viewport: PHONE, javaScriptEnabled: false });
    await page.getByRole('link', { name: 'Show all 450 failed runs' }).click();
    const ids: string[] = [];
    for (;;) {
      ids.push(...(await page.locator('section[aria-labelledby=failures] code').allTextContents()));
      const next = page.getByRole('link', { name: 'Next page' });
      if ((await next.count()) === 0) break;
      await next.click();
    }
    expect(new Set(ids).size).toBe(450);
    await page.getByRole('link', { name: 'Back to overview' }).click();
    expect(await page.getByRole('heading', { name: 'Active runs' }).count()).toBe(1);
  });

  it('says in its title how much fails, and names the filter that leaves nothing', async () => {
    const { url } = await serve(night);
    const { page } = await open(url, { javaScriptEnabled: false });
    expect(await page.title()).toBe('30 failing · aws-glue-exporter');
    await page.goto(`${url}/?q=x%3Cb%3E`);
    expect(await page.title()).toBe('aws-glue-exporter');
    expect(await page.getByText('No jobs or workflows match name contains “x<b>”.').isVisible()).toBe(true);
    // What does not match the filter may be of these.
    expect(await page.getByRole('region', { name: '3 of 150 targets are down' }).isVisible()).toBe(true);
  });

  it('loads itself again when it is asked for, with its query, and then no more', async () => {
    const { url } = await serve(night);
    const { page } = await open(`${url}/?q=e`, { javaScriptEnabled: false });
    const tag = page.locator('meta[http-equiv=refresh]');
    expect(await tag.count()).toBe(0);
    await page.getByRole('link', { name: '30s' }).click();
    expect(new URL(page.url()).search).toBe('?q=e&refresh=30');
    expect(await tag.getAttribute('content')).toBe('30');
    await page.goto(`${url}/?q=e&refresh=5`);
    await page.waitForEvent('load');
    expect(new URL(page.url()).search).toBe('?q=e&refresh=5');
    await page.getByRole('link', { name: 'off' }).click();
    expect(await tag.count()).toBe(0);
  });

  it('has one main part, a search, and headings in order', async () => {
    const { url } = await serve(everything);
    const { page } = await open(url);
    expect(await page.getByRole('heading').allTextContents()).toEqual([
      'aws-glue-exporter',
      '1 of 3 targets is down',
      'Failed in the last day (25)',
      'Active runs (1, 1 slow)',
      'Targets: 1 up, 1 down, 1 in first poll',
      'Jobs and workflows (72)',
    ]);
    for (const role of ['banner', 'main', 'search'] as const) expect(await page.getByRole(role).count(), role).toBe(1);
    expect(await page.getByRole('navigation').count()).toBe(3);
    await page.goto(`${url}/?q=etl`);
    expect(
      await page.getByRole('img', { name: 'last 11 runs: 6 succeeded, 1 failed, 1 timed out' }).count(),
      'what the cells say to who does not see them',
    ).toBe(1);
  });

  it('lets nothing in that a name or a message brings along', async () => {
    const name = `<img src=x onerror=alert(1)>"'`;
    const message = '</td></table><script>alert(2)</script><style>*{display:none}</style>';
    const now = Date.now() / 1000;
    const failed: JsonObject = {
      Id: `jr_"><svg onload=alert(3)>`,
      JobRunState: 'FAILED',
      StartedOn: now - 60,
      CompletedOn: now - 30,
      ErrorMessage: message,
    };
    const simulator = await simulate([scriptedWorld({ ...place, jobs: { [name]: [failed] } })], { clock: () => now });
    const daemon = await startDaemon({ config: configFor(simulator) });
    await daemon.ready();
    const { page, complaints, response } = await open(
      `${daemon.url}/?q=${encodeURIComponent('"><script>alert(4)</script>')}`,
    );
    expect(response?.headers()['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(await page.locator('img, script, svg').count()).toBe(0);
    await page.getByRole('link', { name: 'Clear filters' }).click();
    expect(await page.locator('img, script, svg, style').count()).toBe(1);
    expect(await page.getByText(message).isVisible()).toBe(true);
    expect(await page.getByRole('link', { name, exact: true }).count()).toBe(2);
    expect(await page.getByRole('link', { name: `jr_"><svg onload=alert(3)>` }).getAttribute('href')).toBe(
      `https://eu-west-1.console.aws.amazon.com/gluestudio/home?region=eu-west-1#/job/${encodeURIComponent(name)}/run/${encodeURIComponent('jr_"><svg onload=alert(3)>')}`,
    );
    expect(complaints).toEqual([]);
    // If something got in all the same, it would not run.
    await expect(page.addScriptTag({ content: 'document.title = "taken over"' })).rejects.toThrow();
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend', '<p style="color: red" onclick="alert(5)">')`);
    await page.locator('p').last().dispatchEvent('click');
    expect(await page.title()).toBe('1 failing · aws-glue-exporter');
    expect(complaints.join('\n')).toMatch(/Content Security Policy/);
    expect(complaints.join('\n')).not.toContain('a dialog');
  });

  it('has ten thousand jobs, a page at a time', async () => {
    const entities = tenThousandJobs();
    let longestMs = 0;
    let bytes = 0;
    const { url } = await serve({ runs: () => runsOf({ entities }), status: manyTargets });
    for (const query of ['', '?sort=name&page=200', '?q=00', '?sort=-last-failure', '?failing=1', '?all=active']) {
      const startedAt = performance.now();
      const answer = await fetch(`${url}/${query}`);
      bytes = Math.max(bytes, (await answer.arrayBuffer()).byteLength);
      longestMs = Math.max(longestMs, performance.now() - startedAt);
    }
    const { page } = await open(`${url}/?sort=name&page=200`);
    expect(await page.getByRole('heading', { name: 'Jobs and workflows (10000)' }).count()).toBe(1);
    expect(await names(page)).toHaveLength(50);
    expect((await names(page)).at(-1)).toMatch(/^etl-09999-orders-of-the-day/);
    expect(await page.getByText('Page 200 of 200: 9951 to 10000 of 10000').count()).toBe(1);
    expect(bytes).toBeLessThan(300_000);
    process.stdout.write(
      `10,000 jobs: a page of at most ${Math.ceil(bytes / 1000)} KB, answered within ${longestMs.toFixed(1)} ms\n`,
    );
  });
});
