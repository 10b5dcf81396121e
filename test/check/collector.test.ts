import { describe, expect, test } from 'vitest';
import { checkCollector } from '../../src/check/collector.ts';
import { expectedRequests } from '../../src/check/expected-requests.ts';
import type { AnyCollector } from '../../src/collectors/collector.ts';
import type { Operation } from '../../src/glue/operations.ts';
import { crawlers, fakeGlue, runAt, sessions, triggers } from './shapes.ts';

interface Options {
  readonly denied?: readonly Operation[];
  readonly admits?: (name: string) => boolean;
  readonly tags?: Readonly<Record<string, string>>;
}

const check = async (collector: AnyCollector, { denied, admits = () => true, tags }: Options = {}) => {
  const { glue, asked } = fakeGlue(denied);
  const finding = await checkCollector(collector, glue, {
    filter: { admits: (_, name) => admits(name), tags },
    target: { accountId: '111122223333', region: 'eu-west-1' },
    intervalSeconds: 60,
  });
  return { finding, asked };
};

const states = ({ finding }: Awaited<ReturnType<typeof check>>) =>
  finding.permissions.map(({ action, state }) => `${action} ${state}`);

describe('a check of an inventory', () => {
  test('lists, and knows the series from that alone', async () => {
    const { finding, asked } = await check(triggers(300));
    expect(asked).toEqual(['GetJobs', 'GetJobs']);
    expect(finding).toMatchObject({
      words: { many: 'triggers of a test' },
      listed: 300,
      admitted: 300,
      isPartial: false,
      series: 450,
      reservedSeries: 900,
      work: { listingRequests: 2, isListedEachPoll: true, requestsPerEntity: 0, feedRequests: 0 },
      failure: undefined,
    });
  });

  test('counts what its filters admit', async () => {
    const { finding } = await check(triggers(300), { admits: name => /[02468]$/.test(name) });
    expect(finding).toMatchObject({ listed: 300, admitted: 150, series: 150, reservedSeries: 450 });
  });

  test('needs the operation for tags only where there are tags', async () => {
    expect(states(await check(triggers(1)))).toEqual(['glue:GetJobs ok']);
    const tagged = await check(triggers(1), { tags: { team: 'data' }, denied: ['ListJobs'] });
    expect(states(tagged)).toEqual(['glue:GetJobs ok', 'glue:ListJobs missing']);
    expect(tagged.finding).toMatchObject({ listed: undefined, admitted: undefined, series: undefined });
  });
});

describe('a check of histories', () => {
  test('reads a dozen of them, and three a second time', async () => {
    const { finding, asked } = await check(crawlers(40));
    expect(asked.filter(operation => operation === 'GetJobRuns')).toHaveLength(12 + 3);
    expect(finding).toMatchObject({
      admitted: 40,
      series: 80,
      work: { listingRequests: 1, isListedEachPoll: false, requestsPerEntity: 1, feedRequests: 0 },
    });
  });

  test('expects no requests for single ones where listings show the newest runs, but listings with each poll', async () => {
    const { finding } = await check(crawlers(40, () => ({ id: '1', state: 'DONE' })));
    expect(finding.work).toEqual({ listingRequests: 1, isListedEachPoll: true, requestsPerEntity: 0, feedRequests: 0 });
  });

  test('says what a permission costs that is missing, in the words of the operation', async () => {
    const optional = await check(crawlers(1), { denied: ['GetWorkflowRun'] });
    expect(states(optional)).toEqual(['glue:GetJobs ok', 'glue:GetJobRuns ok', 'glue:GetWorkflowRun missing']);
    expect(optional.finding.permissions.map(({ cost }) => cost)).toEqual([
      'all metrics of crawlers of a test (aws_glue_thing_*)',
      'all metrics of crawlers of a test (aws_glue_thing_*)',
      'more requests for long runs that are hidden behind newer ones',
    ]);
  });
});

describe('a check of a feed', () => {
  test('reads it once, and finds the entities that its runs name', async () => {
    const { finding, asked } = await check(sessions(1, ['a', 'b', 'c']));
    expect(asked).toEqual(['GetJobRuns']);
    expect(finding).toMatchObject({
      listed: 3,
      admitted: 3,
      isPartial: false,
      series: 6,
      work: { listingRequests: 0, isListedEachPoll: false, requestsPerEntity: 0, feedRequests: 1 },
      failure: undefined,
    });
  });

  test('counts what its filters admit, and entities that are there without a run', async () => {
    const always = [{ name: '' }];
    const { finding } = await check(sessions(1, ['a', 'b']), { admits: name => name === 'a' });
    expect(finding).toMatchObject({ listed: 2, admitted: 1, series: 2 });
    const both = await check(sessions(1, ['a', 'b'], { always }));
    expect(both.finding).toMatchObject({ listed: 3, series: 1 + 2 * 2 });
    const itself = await check(sessions(1, [''], { always }));
    expect(itself.finding).toMatchObject({ listed: 1, series: 2 });
    const alone = await check(sessions(0, [], { always }));
    expect(alone.finding).toMatchObject({ listed: 1, admitted: 1, series: 1, work: { feedRequests: 1 } });
    expect(alone.finding.isOfAccount).toBe(false);
    expect((await check({ ...sessions(0, [], { always }), labelNames: [] })).finding.isOfAccount).toBe(true);
    const nothing = await check(sessions(0, []));
    expect(nothing.finding).toMatchObject({ listed: 0, admitted: 0, series: 0 });
  });

  test('reads two pages at most, and says that there can be more entities', async () => {
    const { finding, asked } = await check(sessions(9, ['a', 'b', 'c']));
    expect(asked).toHaveLength(2);
    expect(finding).toMatchObject({ admitted: 3, isPartial: true });
  });

  test('expects as many pages with each poll as there are new runs, and runs that may still turn up', async () => {
    // 100 runs on a page, 60 s between polls, 300 s until nothing turns up any more.
    const { finding } = await check(sessions(2, ['a'], { everySeconds: 1 }));
    expect(finding.work.feedRequests).toBe(4);
  });

  test('knows nothing where it may not be read', async () => {
    const denied = await check(sessions(1, ['a']), { denied: ['GetJobRuns'] });
    expect(states(denied)).toEqual(['glue:GetJobRuns missing']);
    expect(denied.finding).toMatchObject({ admitted: undefined, series: undefined, failure: undefined });
  });
});

describe('the expected requests of a target', () => {
  const pace = {
    intervalSeconds: 60,
    discoveryIntervalSeconds: 600,
    timeoutSeconds: 50,
    concurrency: 4,
    requestsPerSecond: 1,
  };
  const expected = async (...collectors: AnyCollector[]) => {
    const findings = await Promise.all(collectors.map(async collector => (await check(collector)).finding));
    return expectedRequests(findings, false, pace);
  };

  test('do not grow with the entities of an inventory: it is listed with each poll', async () => {
    const alone = await expected(crawlers(40));
    const both = await expected(crawlers(40), triggers(300));
    expect(alone).toMatchObject({ fits: true });
    expect(both).toMatchObject({ fits: true, readingPerMinute: alone?.readingPerMinute });
    expect((both?.listingPerMinute ?? 0) - (alone?.listingPerMinute ?? 0)).toBeCloseTo(2, 1);
    expect((both?.ageLimitSeconds ?? 0) - (alone?.ageLimitSeconds ?? 0)).toBeLessThan(5);
    expect(await expected(triggers(300))).toMatchObject({ fits: true, readingPerMinute: 0 });
  });

  test('are those of listings where these show the newest runs', async () => {
    const shown = await expected(crawlers(500, () => runAt(0)));
    expect(shown).toMatchObject({ fits: true, readingPerMinute: 0 });
    expect(shown?.listingPerMinute).toBeCloseTo(1, 1);
    expect(await expected(crawlers(500))).toMatchObject({ fits: false });
  });

  test('have the pages of feeds', async () => {
    const quiet = await expected(sessions(1, ['a', 'b']));
    expect(quiet).toMatchObject({ fits: true, listingPerMinute: 0 });
    expect(quiet?.readingPerMinute).toBeCloseTo(1, 1);
    const busy = await expected(sessions(2, ['a'], { everySeconds: 1 }), crawlers(10));
    expect(busy?.readingPerMinute).toBeCloseTo(14, 1);
  });

  test('are not known where nothing could be listed', async () => {
    const { finding } = await check(triggers(1), { denied: ['GetJobs'] });
    expect(expectedRequests([finding], false, pace)).toBeUndefined();
  });
});
