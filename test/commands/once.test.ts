import { expect, it } from 'vitest';
import { printOnePoll } from '../../src/commands/once.ts';
import { createLog } from '../../src/log.ts';

/** One poll of an exporter whose exposition is in three pieces. `poll` settles when the test says so. */
const pollOnce = () => {
  let end = (_ok: boolean): void => {};
  const polled = new Promise<boolean>(resolve => {
    end = resolve;
  });
  let interrupt = (): void => {};
  const printed: string[] = [];
  const complaints: string[] = [];
  const asked: unknown[] = [];
  let stops = 0;
  const result = printOnePoll(
    {
      pollOnce: () => polled,
      status: () => [],
      async metrics(form, begin) {
        asked.push(form);
        begin([Buffer.from('a'), Buffer.from('b')]);
        return [Buffer.from('c')];
      },
      stop() {
        stops += 1;
        end(false);
      },
    },
    {
      log: createLog({ level: 'info', format: 'logfmt', write: () => {} }),
      terminal: undefined,
      print: bytes => printed.push(bytes.toString()),
      complain: text => complaints.push(text),
      onInterrupt(listener) {
        interrupt = listener;
      },
    },
  );
  return { result, end, interrupt: () => interrupt(), printed, complaints, asked, stops: () => stops };
};

it.each([
  ['complete', true],
  ['failed', false],
])('prints the exposition as plain text after a poll that is %s', async (outcome, ok) => {
  const { result, end, printed, complaints, asked, stops } = pollOnce();
  expect(printed).toEqual([]);
  end(ok);
  expect(await result).toBe(outcome);
  expect([printed.join(''), complaints, stops()]).toEqual(['abc', [], 1]);
  expect(asked).toEqual([{ format: 'text', gzip: false }]);
});

it('prints no metrics when it is interrupted', async () => {
  const { result, interrupt, printed, complaints, stops } = pollOnce();
  interrupt();
  expect(await result).toBe('interrupted');
  expect([printed, complaints, stops()]).toEqual([[], [expect.stringContaining('interrupted')], 1]);
});
