import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createReload } from '../../src/commands/reload.ts';
import type { Config } from '../../src/config/config.ts';
import { createLog } from '../../src/log.ts';
import { temporaryFolder } from '../daemon.ts';

/** An exporter that records which poll intervals it took over, and when a reload began. */
const setUp = (text: string, { webConfigError }: { readonly webConfigError?: Error } = {}) => {
  const file = join(temporaryFolder(), 'config.yaml');
  const write = (next: string): void => writeFileSync(file, next);
  write(text);
  const events: string[] = [];
  const logged: string[] = [];
  const reload = createReload({
    exporter: {
      async reload({ poll }: Config, consent: () => void) {
        events.push(`begin ${poll.intervalSeconds}`);
        await new Promise(resolve => setTimeout(resolve, 5));
        consent();
        events.push(`end ${poll.intervalSeconds}`);
      },
      reloadFailed: () => events.push('failed'),
    },
    configFile: file,
    webConfig: {
      reload() {
        if (webConfigError !== undefined) throw webConfigError;
        events.push('web');
      },
    },
    log: createLog({ level: 'info', format: 'logfmt', write: line => logged.push(line.replace(/time=\S+ /, '')) }),
  });
  return { reload, write, events, logged };
};

it('reads both configurations again', async () => {
  const { reload, write, events } = setUp('poll: { interval: 30s }');
  write('poll: { interval: 40s }');
  await reload();
  expect(events).toEqual(['begin 40', 'web', 'end 40']);
});

it('does one reload at a time', async () => {
  const { reload, events } = setUp('poll: { interval: 30s }');
  await Promise.all([reload(), reload()]);
  expect(events).toEqual(['begin 30', 'web', 'end 30', 'begin 30', 'web', 'end 30']);
});

it.each([
  ['invalid', 'pol: {}', /pol/],
  ['empty', '', /is empty/],
])('rejects and logs a configuration that is %s, and reloads again later', async (_, text, message) => {
  const { reload, write, events, logged } = setUp(text);
  await expect(reload()).rejects.toThrow(message);
  expect(events).toEqual(['failed']);
  expect(logged).toEqual([expect.stringMatching(/^level=ERROR msg="Configuration not reloaded: .* error=/)]);
  write('poll: { interval: 30s }');
  await reload();
  expect(events.at(-1)).toBe('end 30');
});

it('rejects when the web configuration cannot be used', async () => {
  const { reload, events } = setUp('poll: { interval: 30s }', { webConfigError: new Error('no certificate') });
  await expect(reload()).rejects.toThrow('no certificate');
  expect(events).toEqual(['begin 30', 'failed']);
});
