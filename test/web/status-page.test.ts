import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ShownKind, TargetStatus } from '../../src/status.ts';
import { EVERYTHING, parseQuery } from '../../src/web/status/query.ts';
import { STATUS_PAGE_CSP } from '../../src/web/status/style.ts';
import { renderStatusPage, type StatusPage } from '../../src/web/status-page.ts';
import { collectorsInUse as collectors } from '../truth/index.ts';
import { failure, job, NOON, partlyFailed, recentOf, runsOf, target as up } from './status/fixtures.ts';

const waiting: TargetStatus = {
  ...up,
  accountId: undefined,
  up: undefined,
  lastPollEndedAt: undefined,
  lastPollSeconds: undefined,
  oldestReadAt: undefined,
  collectors: [],
};
const down: TargetStatus = { ...up, up: false, error: 'GetJobs: AccessDeniedException: User is not authorized' };
const abroad: TargetStatus = { ...up, accountId: '444455556666', region: 'us-east-1' };

const page = (change: Partial<StatusPage> = {}): Promise<string> =>
  renderStatusPage({
    version: '1.2.3',
    telemetryPath: '/metrics',
    ready: true,
    targets: [up],
    runs: runsOf(),
    query: EVERYTHING,
    now: NOON,
    ...change,
  });

/** The tags of a page, attributes and all. */
const tagsOf = (markup: string): readonly string[] => markup.match(/<[^>]*>/g) ?? [];
/** What a person reads of a page. */
const textOf = (markup: string): string =>
  markup
    .replace(/<style>[\s\S]*<\/style>/, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
const linksOf = (markup: string): readonly string[] =>
  [...markup.matchAll(/href="([^"]*)"/g)].map(([, href = '']) => href.replaceAll('&amp;', '&'));

const broken = job('etl-orders', {
  recent: recentOf('SSSFR'),
  newest: { state: 'RUNNING', startedAt: NOON - 3_600 },
  lastFailureAt: NOON - 7_140,
  active: { jr_9: { state: 'RUNNING', startedAt: NOON - 3_600 } },
});
const fine = job('daily', { collector: 'workflows', recent: recentOf('SS') });
const runs = runsOf({ entities: [fine, broken, job('unused')], failures: [failure('etl-orders')] });

describe('the status page', () => {
  it('shows every target with its last poll, its freshness, and what was found', async () => {
    expect(textOf(await page())).toContain(
      '111122223333 eu-west-1 up 1m 15s max 1m 30s 2026-03-01 11:59:48 UTC 12s ago took 1.3s 60 jobs, 12 workflows (5 polled)',
    );
    expect(textOf(await page({ targets: [{ ...up, oldestReadAt: NOON - 91 }] }))).toContain('1m 31s over max 1m 30s');
  });

  it('shows the error of a target that is down', async () => {
    expect(textOf(await page({ targets: [up, down] }))).toContain(
      'GetJobs: AccessDeniedException: User is not authorized',
    );
    expect(tagsOf(await page({ targets: [down] }))).toContain('<span class="bad">');
  });

  it('shows which collector of a target that is up failed, and why', async () => {
    const shown = await page({ targets: [partlyFailed] });
    expect(textOf(shown)).toContain(
      'The target has failed collectors 111122223333 eu-west-1: workflows: GetWorkflowRuns: access denied',
    );
    expect(textOf(shown)).toContain('Targets: 1 up (1 with failed collectors)');
    expect(textOf(shown)).toContain('eu-west-1 up , workflows failed workflows: GetWorkflowRuns: access denied');
    expect(textOf(shown)).not.toContain('down');
    expect(tagsOf(shown)).toContain('<section class="banner failed-collectors" aria-labelledby="failed-collectors">');
    expect(tagsOf(shown)).toContain('<a class="bad" href="#targets">');
    expect(await page()).not.toMatch(/failed collectors|class="banner|failed workflows/);
  });

  it('counts failed collectors of a target, with the cause of each once', async () => {
    const both = {
      ...partlyFailed,
      collectors: partlyFailed.collectors.map(one => ({ ...one, error: `no ${one.name} <today>` })),
    };
    const shown = textOf(await page({ targets: [both] }));
    expect(shown).toContain(
      'up , 2 collectors failed jobs: no jobs &lt;today&gt; workflows: no workflows &lt;today&gt;',
    );
    // The target's own error is then that of its first collector.
    const isDown = textOf(await page({ targets: [{ ...both, up: false, error: 'no jobs <today>' }] }));
    expect(isDown).toContain('down jobs: no jobs &lt;today&gt; workflows: no workflows &lt;today&gt;');
    expect(isDown).not.toContain('failed collectors');
    const alike = {
      ...both,
      up: false,
      error: 'no network',
      collectors: both.collectors.map(one => ({ ...one, error: 'no network' })),
    };
    expect(textOf(await page({ targets: [alike] }))).toContain(
      'The target is down 111122223333 eu-west-1: no network 0 failing',
    );
    expect(textOf(await page({ targets: [{ ...partlyFailed, error: 'GetWorkflowRuns: access denied' }] }))).toContain(
      'up , workflows failed workflows: GetWorkflowRuns: access denied 1m 15s',
    );
    expect(textOf(await page({ targets: [{ ...down, error: 'no disk' }] }))).toContain('down no disk 1m 15s');
    expect(textOf(await page({ targets: [{ ...both, up: undefined }] }))).not.toContain('failed collectors');
  });

  it('shows targets that are down and those with failed collectors before the others', async () => {
    const others = Array.from({ length: 6 }, (_, index) => ({ ...up, accountId: `${index}` }));
    const shown = textOf(await page({ targets: [...others, partlyFailed, down, partlyFailed] }));
    expect(shown).toContain('1 of 9 targets is down');
    expect(shown).toContain('2 of 9 targets have failed collectors 111122223333 eu-west-1: workflows: Get');
    expect(shown).toContain('Targets: 8 up (2 with failed collectors), 1 down');
    expect(shown).toMatch(/eu-west-1 down .* up , workflows failed .* up , workflows failed .* 6 up Account/);
  });

  it('shows a target before its first poll has ended', async () => {
    expect(textOf(await page({ targets: [waiting] }))).toContain('unknown account eu-west-1 first poll in progress');
  });

  it('shows why a run waits, which retry it is, and how runs end that neither succeed nor fail', async () => {
    const queued = job('etl-queued', {
      recent: recentOf('SSSR'),
      active: {
        jr_1: { state: 'WAITING', startedAt: NOON - 9_000, reason: 'DPU limit <reached>' },
        jr_2: { state: 'RUNNING', startedAt: NOON - 60, attempt: 2 },
      },
    });
    const text = textOf(await page({ runs: runsOf({ entities: [queued] }) }));
    expect(text).toMatch(/WAITING DPU limit &lt;reached&gt; [^:]*:[^_]* queued jr_1/);
    expect(text).toMatch(/RUNNING retry 2 [^:]*:[^_]* jr_2/);
    expect(text).not.toContain('slow:');
    for (const word of ['restarted', 'nothing ran', 'unknown']) expect(text).toContain(word);
  });

  it('says whether the exporter is ready', async () => {
    expect(textOf(await page())).not.toContain('first poll');
    expect(textOf(await page({ ready: false }))).toContain('Readiness : first poll not complete');
  });

  it('says that a shard shows its part only', async () => {
    expect(textOf(await page({ shard: '2/4' }))).toContain('This exporter is shard 2/4 and shows only its part');
    expect(await page()).not.toContain('shard');
  });

  it('shows what failed in the last day, with its message and a link to its run', async () => {
    const shown = await page({ runs });
    expect(textOf(shown)).toContain(
      'Failed in the last day (1) Job or workflow Cause State Ended etl-orders KeyError: customer_id jr_1 FAILED 2026-03-01 11:00:00 UTC 1h ago',
    );
    expect(linksOf(shown)).toContain('https://console.example/#etl-orders/jr_1');
    expect(textOf(await page())).toContain('No failed runs in the last day.');
    expect(textOf(await page({ runs: runsOf({ failures: [failure('x', { error: undefined })] }) }))).toContain(
      'AWS gave no message.',
    );
  });

  it('shows active runs with their age, and which of them are slow', async () => {
    const shown = await page({ runs });
    expect(textOf(shown)).toContain('Active runs (1, 1 slow)');
    expect(textOf(shown)).toContain(
      'Typical duration Run etl-orders RUNNING 2026-03-01 11:00:00 UTC 1h ago slow: 1m jr_9',
    );
    expect(linksOf(shown)).toContain('https://console.example/#etl-orders/jr_9');
    expect(textOf(await page())).toContain('No active runs.');
  });

  it('shows jobs and workflows with their last runs, for eyes and for ears', async () => {
    const shown = await page({ runs });
    expect(textOf(shown)).toContain('Jobs and workflows (3)');
    expect(textOf(shown)).toContain(
      'etl-orders job ✓ ✓ ✓ F R 3 of 4 RUNNING 2026-03-01 11:00:00 UTC 1h ago 2026-03-01 10:01:00 UTC 1h 59m ago daily workflow ✓ ✓ 2 of 2 unused job no runs',
    );
    expect(tagsOf(shown)).toContain(
      '<span class="cells" role="img" aria-label="last 5 runs: 3 succeeded, 1 failed, 1 running; the newest: running">',
    );
    expect(tagsOf(shown)).toContain('<span class="cell failure" title="failed, 2026-03-01 10:00:00 UTC, took 1m">');
  });

  it('has the words and outcomes of the collectors that are configured', async () => {
    const jobs = textOf(
      await page({ shard: '1/2', runs: runsOf({ kinds: collectors.slice(0, 1), entities: [broken] }) }),
    );
    expect(jobs).toContain('shows only its part of the jobs.');
    expect(jobs).toContain('Jobs (1)');
    expect(jobs).toContain('Job State Started');
    expect(jobs).not.toContain('nothing ran');
    const kinds: readonly ShownKind[] = [
      {
        name: 'data_quality',
        words: { one: 'ruleset', many: 'rulesets' },
        labelNames: ['ruleset_name'],
        results: [{ name: 'ROLLED_BACK', verdict: 'failure' }],
      },
    ];
    const collected = [{ name: 'data_quality', entities: 3, polled: 3 }, ...up.collectors];
    const entity = job('orders', { collector: 'data_quality' });
    const shownFor = (query: string) =>
      page({
        targets: [{ ...up, collectors: collected }],
        runs: runsOf({ kinds, entities: [entity] }),
        query: parseQuery(query),
      });
    const shown = await shownFor('');
    expect(textOf(shown)).toContain('Rulesets (1)');
    expect(textOf(shown)).toContain('the newest on the right: R rolled back R running W waiting U unknown');
    expect(textOf(shown)).toContain('orders ruleset no runs');
    expect(textOf(shown)).toContain('3 rulesets, 60 jobs');
    expect(shown).toContain('<option value="data_quality">rulesets</option>');
    expect(textOf(await shownFor('type=data_quality&q=x'))).toContain(
      'No rulesets match name contains “x”, type rulesets.',
    );
    expect(textOf(await page({ runs: runsOf({ kinds }) }))).toContain('No rulesets found yet.');
  });

  it('has words for the account as a whole, and no number', async () => {
    const sessions: ShownKind = {
      name: 'sessions',
      words: { one: 'session', many: 'sessions' },
      labelNames: [],
      results: [{ name: 'FAILED', verdict: 'failure' }],
    };
    const collected = [...up.collectors, { name: 'sessions', entities: 1, polled: 1 }];
    const shown = await page({
      targets: [{ ...up, collectors: collected }],
      runs: runsOf({
        kinds: [sessions],
        entities: [job('', { collector: 'sessions' })],
        failures: [failure('', { collector: 'sessions' })],
      }),
    });
    expect(textOf(shown)).toContain('all sessions session no runs');
    expect(textOf(shown)).toContain('all sessions KeyError: customer_id');
    expect(textOf(shown)).toContain('60 jobs, 12 workflows (5 polled)');
    expect(textOf(shown)).not.toContain('1 sessions');
    expect(shown).toContain('<option>sessions</option>');
  });

  it('offers no type without runs, but says how many of them were found', async () => {
    const triggers: ShownKind = {
      name: 'triggers',
      words: { one: 'trigger', many: 'triggers' },
      labelNames: ['trigger_name'],
      results: [],
    };
    const collected = [...up.collectors, { name: 'triggers', entities: 300, polled: 300 }];
    const shown = await page({
      targets: [{ ...up, collectors: collected }],
      runs: runsOf({ kinds: [triggers] }),
    });
    expect(shown).toContain('<option>workflows</option>');
    expect(shown).not.toContain('<option>triggers</option>');
    expect(textOf(shown)).toContain('300 triggers');
    // Nothing else is collected: there is nothing to say of runs.
    expect(textOf(shown)).toContain('Targets: 1 up');
    for (const part of ['Failed in the last day', 'Active runs', 'found yet', '0 failing']) {
      expect(textOf(shown)).not.toContain(part);
    }
    const both = await page({ runs: runsOf({ kinds: [...collectors.slice(0, 1), triggers] }) });
    expect(textOf(both)).toContain('Failed in the last day (0)');
  });

  it('asks for as much as the query does, in all of its tables', async () => {
    const workflows = textOf(await page({ runs, query: parseQuery('type=workflows') }));
    expect(workflows).toContain('Failed in the last day (0)');
    expect(workflows).toContain('Active runs (0)');
    expect(workflows).toContain('Jobs and workflows (1)');
    const nothing = await page({ runs, query: parseQuery('q="><b>') });
    for (const things of ['failed runs', 'active runs', 'targets', 'jobs or workflows']) {
      expect(textOf(nothing)).toContain(`No ${things} match name contains “&quot;&gt;&lt;b&gt;”.`);
    }
    expect(nothing).toContain('value="&quot;&gt;&lt;b&gt;"');
    expect(linksOf(nothing)).toContain('?');
  });

  it('keeps the query in its links, and starts a new order at its first page', async () => {
    const many = Array.from({ length: 120 }, (_, index) => job(`job-${index}`));
    const shown = await page({ runs: runsOf({ entities: many }), query: parseQuery('q=job&sort=name&page=2') });
    const links = linksOf(shown);
    expect(links).toContain('?q=job&sort=-name#runs');
    expect(links).toContain('?q=job&sort=last-run#runs');
    expect(links).toContain('?q=job&sort=name#runs');
    expect(links).toContain('?q=job&sort=name&page=3#runs');
    expect(textOf(shown)).toContain('Page 2 of 3: 51 to 100 of 120');
    expect(tagsOf(shown)).toContain('<th role="columnheader" scope="col" aria-sort="ascending">');
    expect(tagsOf(shown)).toContain('<input type="hidden" name="sort" value="name">');
  });

  it('shows the newest failure of five jobs, and all failures when it is asked', async () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      failure(`job-${index % 15}`, { id: `jr_${index}`, endedAt: NOON - index }),
    );
    const shownFor = (query: string) => page({ runs: runsOf({ failures: many }), query: parseQuery(query) });
    expect(textOf(await shownFor(''))).toContain('Failed in the last day (15)');
    expect((await shownFor('')).match(/KeyError/g)).toHaveLength(5);
    expect(textOf(await shownFor(''))).toContain(
      'KeyError: customer_id jr_4 FAILED 2026-03-01 11:59:56 UTC 4s ago 1 earlier failure Show all 30 failed runs',
    );
    expect(linksOf(await shownFor(''))).toContain('?all=failures#failures');
    expect((await shownFor('all=failures')).match(/KeyError/g)).toHaveLength(30);
    expect(textOf(await shownFor('all=failures'))).toMatch(/jr_0 .* jr_29 .* Back to overview/);
    expect(textOf(await shownFor('all=failures'))).not.toContain('Targets');
    const most = Array.from({ length: 1_000 }, (_, index) => failure(`job-${index % 500}`, { id: `jr_${index}` }));
    expect(textOf(await page({ runs: runsOf({ failures: most }) }))).toContain('(at least 500)');
    const one = ['a', 'b', 'c'].map(id => failure('etl', { id }));
    expect(textOf(await page({ runs: runsOf({ failures: one }) }))).toContain('2+ earlier failures');
  });

  it('tells the place of a job where there are several targets, and lets choose among them', async () => {
    expect(await page({ runs })).not.toMatch(/class="place"|name="region"/);
    const shown = await page({ runs, targets: [up, abroad] });
    expect(textOf(shown)).toContain('etl-orders 111122223333 eu-west-1');
    expect(textOf(shown)).toContain('Account all 111122223333 444455556666 Region all eu-west-1 us-east-1');
    expect(textOf(await page({ query: parseQuery('region=us-east-1') }))).toContain('Region all eu-west-1 us-east-1');
  });

  it('leads to everything there is', async () => {
    const links = linksOf(await page({ telemetryPath: '/probe', config: true }));
    expect(links.slice(0, 8)).toEqual([
      '#main',
      '?refresh=30',
      '?refresh=60',
      '?refresh=300',
      'probe',
      'config',
      '-/healthy',
      '-/ready',
    ]);
    const below = linksOf(await page({ base: '/glue/', config: true }));
    expect(below).toEqual(
      expect.arrayContaining(['/glue/metrics', '/glue/config', '/glue/-/healthy', '/glue/-/ready']),
    );
  });

  it('allows its own style and forms to itself, and nothing else', async () => {
    const style = /<style>([\s\S]*)<\/style>/.exec(await page())?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    expect(STATUS_PAGE_CSP).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    );
    expect(await page({ runs })).not.toMatch(/<script|<img|style=|src=|url\(|@import| on\w+=/);
  });

  it('has the same tags whatever names, ids, states, regions and errors hold', async () => {
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
    const withText = (text: readonly string[]): Promise<string> => {
      const [accountId = '', region = '', error = '', name = '', state = ''] = text;
      const entity = job(name, {
        accountId,
        region,
        recent: broken.recent,
        active: { [`id ${state}`]: { state, startedAt: NOON } },
        newest: { state, startedAt: NOON },
      });
      return page({
        version: name,
        shard: name,
        targets: [
          { ...down, accountId: `1${accountId}`, region: `1${region}`, error },
          { ...down, region: `2${region}` },
          { ...up, region: `3${region}`, collectors: [{ name: 'jobs', entities: 1, polled: 1, error: `e${error}` }] },
        ],
        runs: runsOf({
          entities: [entity],
          failures: [failure(name, { accountId, region, state, error, id: state })],
          consoleLink: () => 'https://console.example/',
        }),
      });
    };
    const tags = tagsOf(await withText(['5', 'eu', 'x', 'x', 'x']));
    await fc.assert(
      fc.asyncProperty(fc.array(hostile, { minLength: 5, maxLength: 5 }), async text => {
        expect(tagsOf(await withText(text))).toEqual(tags);
      }),
    );
  });
});
