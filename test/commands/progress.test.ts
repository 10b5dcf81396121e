import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { showProgress } from '../../src/commands/progress.ts';
import { createLog } from '../../src/log.ts';
import type { TargetStatus } from '../../src/status.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const CLEARED = '\r\x1b[2K';

const target = (...collectors: [entities: number, polled: number][]): TargetStatus => ({
  accountId: '111122223333',
  region: 'eu-west-1',
  up: undefined,
  error: undefined,
  lastPollEndedAt: undefined,
  lastPollSeconds: undefined,
  oldestReadAt: undefined,
  readAgeLimitSeconds: undefined,
  collectors: collectors.map(([entities, polled], index) => ({ name: `${index}`, entities, polled })),
});

const watch = (options: { readonly terminal: boolean }) => {
  const seen = { terminal: [] as string[], log: [] as string[], targets: [target()], done: false };
  const stop = showProgress({
    status: () => seen.targets,
    isDone: () => seen.done,
    terminal: options.terminal ? text => seen.terminal.push(text) : undefined,
    log: createLog({ level: 'info', format: 'logfmt', write: line => seen.log.push(line.replace(/time=\S+ /, '')) }),
  });
  return { seen, stop };
};

describe('progress on a terminal', () => {
  it('is one line that is written over, five times a second', () => {
    const { seen, stop } = watch({ terminal: true });
    vi.advanceTimersByTime(199);
    expect(seen.terminal).toEqual([]);
    vi.advanceTimersByTime(1);
    seen.targets = [target([60, 20], [12, 0]), target([8, 8])];
    vi.advanceTimersByTime(200);
    expect(seen.terminal).toEqual([`${CLEARED}discovering…`, `${CLEARED}polled 28 of 80`]);
    expect(seen.log).toEqual([]);
    stop();
  });

  it('leaves nothing behind when it is stopped, and is silent from then on', () => {
    const { seen, stop } = watch({ terminal: true });
    vi.advanceTimersByTime(200);
    stop();
    stop();
    vi.advanceTimersByTime(60_000);
    expect(seen.terminal).toEqual([`${CLEARED}discovering…`, CLEARED]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('ends by itself when all is done', () => {
    const { seen } = watch({ terminal: true });
    seen.done = true;
    vi.advanceTimersByTime(200);
    expect(seen.terminal).toEqual([CLEARED]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('progress without a terminal', () => {
  it('is a line of the log now and then', () => {
    const { seen, stop } = watch({ terminal: false });
    seen.targets = [target([5000, 1200])];
    vi.advanceTimersByTime(9_999);
    expect(seen.log).toEqual([]);
    vi.advanceTimersByTime(1);
    seen.targets = [target([5000, 4999])];
    vi.advanceTimersByTime(10_000);
    expect(seen.log).toEqual([
      'level=INFO msg="First poll under way" entities=5000 polled=1200\n',
      'level=INFO msg="First poll under way" entities=5000 polled=4999\n',
    ]);
    stop();
  });

  it('says nothing of a poll that is done before there is anything to say', () => {
    const { seen } = watch({ terminal: false });
    seen.done = true;
    vi.advanceTimersByTime(60_000);
    expect(seen.log).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
