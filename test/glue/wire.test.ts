import { describe, expect, it } from 'vitest';
import { allPages, fieldsOf, nextTokenOf, requiredList } from '../../src/glue/wire.ts';
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
    expect(read.time('D', new Date(1500))).toBe(1.5);
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
    ['time', () => read.time('StartedOn', 5), 'GetJobRuns: StartedOn is a malformed number'],
    ['time', () => read.time('StartedOn', new Date(Number.NaN)), 'GetJobRuns: StartedOn is a malformed object'],
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
});

describe('all pages', () => {
  const { glue, seen } = connect('http://127.0.0.1:1');

  it('are read to the page without a token, an empty one being none', async () => {
    for (const end of [undefined, '']) {
      const tokens: (string | undefined)[] = [];
      const items = await allPages(glue, 'GetJobs', async token => {
        tokens.push(token);
        return { items: [tokens.length], nextToken: tokens.length < 3 ? `t${tokens.length}` : end };
      });
      expect([items, tokens]).toEqual([
        [1, 2, 3],
        [undefined, 't1', 't2'],
      ]);
    }
    expect([nextTokenOf(''), nextTokenOf('t')]).toEqual([undefined, 't']);
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
