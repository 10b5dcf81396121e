import { describe, expect, test } from 'vitest';
import { memoryMap } from '../../src/state/durable-map.ts';
import { denied, fakeHistories, fakeInventory } from './fake-collectors.ts';
import { type FakeTarget, fakeTarget, NOW } from './fake-target.ts';

const size = (polled: FakeTarget, name: string) => polled.value('trigger_size', { trigger_name: name });
const own = (polled: FakeTarget, name: string, data = 'definitions') =>
  polled.value(`aws_glue_exporter_${name}`, { collector: 'trigger', data });

describe('an inventory', () => {
  test('is listed and exposed with each poll, without any state', async () => {
    const script = { items: [{ name: 'a', size: 1 }, { name: 'b' }] };
    const kept = memoryMap();
    const saved: string[] = [];
    const set = (key: string, value: unknown) => {
      saved.push(key);
      return kept.set(key, value);
    };
    const state = { ...kept, set };
    const polled = fakeTarget({ collectors: [fakeInventory(script)], state });
    await polled.pollAt(0);
    expect(await size(polled, 'a')).toBe(1);
    expect(polled.target.status().collectors).toEqual([{ name: 'trigger', entities: 2, polled: 2, error: undefined }]);
    expect([polled.target.settled, polled.target.incomplete, polled.target.has('trigger', 'a')]).toEqual([
      true,
      false,
      true,
    ]);
    script.items = [{ name: 'a', size: 2 }];
    await polled.pollAt(60);
    expect(await size(polled, 'a')).toBe(2);
    expect(await size(polled, 'b'), 'it is gone').toBeUndefined();
    expect(polled.sent).toBe(2);
    expect(saved.filter(key => !key.startsWith('epoch/'))).toEqual([]);
    expect(polled.target.describe()).toEqual([]);
  });

  test('renders what has changed, and nothing else', async () => {
    const labelValues = ['a', 'x'];
    const script = {
      items: [
        { name: 'a', labelValues },
        { name: 'b', size: 1 },
      ],
    };
    const polled = fakeTarget({ collectors: [fakeInventory(script)] });
    await polled.pollAt(0);
    script.items = [
      { name: 'a', labelValues: [...labelValues] },
      { name: 'b', size: 2 },
    ];
    await polled.pollAt(60);
    expect(polled.renderings).toBe(3);
  });

  test('is admitted by name', async () => {
    const script = { items: [{ name: 'a' }, { name: 'b' }] };
    const polled = fakeTarget({ collectors: [fakeInventory(script)], admits: name => name === 'b' });
    await polled.pollAt(0);
    expect(await size(polled, 'a')).toBeUndefined();
    expect(await size(polled, 'b')).toBe(0);
  });

  test('loses its series when its listing fails for too long, and gets them back', async () => {
    const script: Parameters<typeof fakeInventory>[0] = { items: [{ name: 'a' }, { name: 'b' }] };
    const other = fakeHistories({ names: () => ['x'], runs: () => [], showsLatest: false, name: 'job' });
    const polled = fakeTarget({ collectors: [fakeInventory(script), other], staleAfterSeconds: 100 });
    await polled.pollAt(0);
    script.error = denied();
    for (const uptime of [60, 120, 160]) await polled.pollAt(uptime);
    expect(await size(polled, 'a'), 'not yet').toBe(0);
    await polled.pollAt(161);
    expect(await size(polled, 'a')).toBeUndefined();
    expect(await polled.value('job_active_runs')).toBe(0);
    expect(polled.target.status()).toMatchObject({ up: true });
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'trigger' })).toBe(0);
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'job' })).toBe(1);
    const told = polled.lines.filter(line => line.includes('Series dropped'));
    expect(told).toEqual([expect.stringContaining('collector=trigger entities=2')]);

    script.error = undefined;
    await polled.pollAt(240);
    expect(await size(polled, 'a')).toBe(0);
    expect(await polled.value('aws_glue_exporter_collector_up', { collector: 'trigger' })).toBe(1);
  });

  test('keeps its series when one listing failed, however long ago', async () => {
    const script: Parameters<typeof fakeInventory>[0] = { items: [{ name: 'a' }], error: undefined };
    const polled = fakeTarget({ collectors: [fakeInventory(script)], staleAfterSeconds: 100 });
    await polled.pollAt(0);
    script.error = denied();
    await polled.pollAt(1_000);
    expect(await size(polled, 'a')).toBe(0);
  });

  test('has an age and a limit of its definitions, and none of runs', async () => {
    const script = { items: [{ name: 'a' }], pages: 4 };
    const polled = fakeTarget({ collectors: [fakeInventory(script)], secondsPerRequest: 0.25 });
    await polled.pollAt(0);
    expect(await own(polled, 'oldest_read_timestamp_seconds')).toBe(NOW + 1);
    // An interval, and a listing of 1 s.
    expect(await own(polled, 'read_age_limit_seconds')).toBe(61);
    expect(await own(polled, 'oldest_read_timestamp_seconds', 'runs')).toBeUndefined();
    expect(await own(polled, 'read_age_limit_seconds', 'runs')).toBeUndefined();
    polled.uptime = 10;
    expect(polled.target.status()).toMatchObject({ oldestReadAt: NOW + 1, readAgeLimitSeconds: 61 });
  });

  test('of 300 triggers leaves the age limit of jobs as it is', async () => {
    const limitWith = async (triggers: number) => {
      const items = Array.from({ length: triggers }, (_, index) => ({ name: `${index}` }));
      const jobs = fakeHistories({ names: () => ['a', 'b', 'c'], runs: () => [], showsLatest: false, name: 'job' });
      const polled = fakeTarget({
        collectors: [jobs, fakeInventory({ items })],
        requestsPerSecond: 1,
        timeoutSeconds: 5,
      });
      for (const uptime of [0, 60, 120]) await polled.pollAt(uptime);
      return polled.value('aws_glue_exporter_read_age_limit_seconds', { collector: 'job', data: 'runs' });
    };
    const limit = await limitWith(0);
    expect(limit).toBeGreaterThan(0);
    expect(await limitWith(300)).toBe(limit);
  });
});
