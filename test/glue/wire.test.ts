import { describe, expect, it } from 'vitest';
import { fieldsOf, requiredList, requiredNames, requiredObjects } from '../../src/glue/fields.ts';
import { allPages, nextTokenOf } from '../../src/glue/pages.ts';
import { connect, failureOf } from './connect.ts';

const read = fieldsOf('GetJobRuns');

describe('a field', () => {
  it('is absent when it is undefined or null', () => {
    for (const nothing of [undefined, null]) {
      expect([read.number('N', nothing), read.text('T', nothing), read.time('D', nothing)]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  it('is what it is when it is well formed', () => {
    expect([read.number('N', 0), read.number('N', 1.5)]).toEqual([0, 1.5]);
    expect([read.text('T', ''), read.requiredText('T', 'x')]).toEqual(['', 'x']);
    expect([read.time('D', 1.5), read.time('D', 1_602_873_931.2554)]).toEqual([1.5, 1_602_873_931.255]);
    expect(read.object('O', { N: 1 })).toEqual({ N: 1 });
  });

  it.each([
    ['number', () => read.number('ExecutionTime', '5'), 'GetJobRuns: ExecutionTime is a malformed string'],
    ['number', () => read.number('ExecutionTime', -1), 'GetJobRuns: ExecutionTime is a malformed number'],
    ['number', () => read.number('ExecutionTime', Number.NaN), 'GetJobRuns: ExecutionTime is a malformed number'],
    ['number', () => read.number('ExecutionTime', Infinity), 'GetJobRuns: ExecutionTime is a malformed number'],
    ['text', () => read.text('WorkerType', 5), 'GetJobRuns: WorkerType is a malformed number'],
    ['required text', () => read.requiredText('Id', {}), 'GetJobRuns: Id is a malformed object'],
    ['required text', () => read.requiredText('Id', undefined), 'GetJobRuns: Id is missing'],
    ['required text', () => read.requiredText('Id', ''), 'GetJobRuns: Id is missing'],
    ['time', () => read.time('StartedOn', 8.65e12), 'GetJobRuns: StartedOn is a malformed number'],
    ['time', () => read.time('StartedOn', Number.NaN), 'GetJobRuns: StartedOn is a malformed number'],
    ['time', () => read.time('StartedOn', '2026-03-01T12:00:00Z'), 'GetJobRuns: StartedOn is a malformed string'],
    ['object', () => read.object('Command', 'glueetl'), 'GetJobRuns: Command is a malformed string'],
    ['object', () => read.object('Command', []), 'GetJobRuns: Command is a malformed object'],
  ])('is a bad response when it is no %s', (_what, act, message) => {
    expect(act).toThrow(expect.objectContaining({ message, reason: 'bad_response', operation: 'GetJobRuns' }));
  });
});

describe('a list', () => {
  it('may be empty, but must be there', () => {
    expect(requiredList('GetJobs', 'Jobs', [])).toEqual([]);
    expect(() => requiredList('GetJobs', 'Jobs', undefined)).toThrow(
      expect.objectContaining({ message: 'GetJobs: Jobs is missing', reason: 'bad_response' }),
    );
  });

  it('holds nothing but what it is a list of', () => {
    expect(requiredObjects('GetJobs', 'Jobs', [{}, { Name: 'etl' }])).toEqual([{}, { Name: 'etl' }]);
    expect(requiredNames('ListJobs', 'JobNames', ['etl'])).toEqual(['etl']);
    for (const item of [null, 5, 'etl', []]) {
      expect(() => requiredObjects('GetJobs', 'Jobs', [{}, item])).toThrow('GetJobs: Jobs has a malformed item');
    }
    for (const item of [null, 5, {}]) {
      expect(() => requiredNames('ListJobs', 'JobNames', ['etl', item])).toThrow(
        expect.objectContaining({ message: 'ListJobs: JobNames has a malformed item', reason: 'bad_response' }),
      );
    }
  });
});

describe('all pages', () => {
  const { glue, seen } = connect('http://127.0.0.1:1');

  it('are read to the page without a token', async () => {
    const tokens: (string | undefined)[] = [];
    const items = await allPages(glue, 'GetJobs', async token => {
      tokens.push(token);
      return { items: [tokens.length], nextToken: tokens.length < 3 ? `t${tokens.length}` : undefined };
    });
    expect([items, tokens]).toEqual([
      [1, 2, 3],
      [undefined, 't1', 't2'],
    ]);
  });

  it('go on with a token that is a text', () => {
    const tokenIn = (NextToken: unknown) => nextTokenOf('GetJobs', { NextToken });
    expect([tokenIn(undefined), tokenIn(null), tokenIn(''), tokenIn('t')]).toEqual([
      undefined,
      undefined,
      undefined,
      't',
    ]);
    expect(() => tokenIn(5)).toThrow('GetJobs: NextToken is a malformed number');
  });

  it('may be empty in between', async () => {
    const pages = [[], [1], [], [2]];
    const items = await allPages(glue, 'GetJobs', async token => {
      const at = Number(token ?? 0);
      return { items: pages[at] ?? [], nextToken: at < 3 ? `${at + 1}` : undefined };
    });
    expect(items).toEqual([1, 2]);
  });

  it.each([
    ['at once', ['a', 'a']],
    ['after a while', ['a', 'b', 'c', 'b']],
  ])('end in a failure when a token comes round again %s', async (_what, tokens) => {
    seen.failed.length = 0;
    let pages = 0;
    const failure = await failureOf(allPages(glue, 'GetJobs', async () => ({ items: [], nextToken: tokens[pages++] })));
    expect(failure).toMatchObject({
      reason: 'bad_response',
      message: 'GetJobs: its page token came round again',
    });
    expect(pages).toBe(tokens.length);
    expect(seen.failed).toEqual([['GetJobs', 'bad_response']]);
  });

  it('end in a failure when there is always another token', async () => {
    let pages = 0;
    const failure = await failureOf(
      allPages(glue, 'GetJobs', async () => {
        pages += 1;
        return { items: [pages], nextToken: `${pages}` };
      }),
    );
    expect(failure).toMatchObject({ reason: 'bad_response', message: 'GetJobs: it goes on after 10000 pages' });
    expect(pages).toBe(10_000);
  });
});
