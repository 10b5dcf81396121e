// Looked at from inside: loaded into the exporter with --import (and --expose-gc), it prints one line of JSON for each SIGUSR2.
import { readdirSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const countBy = names => {
  const counts = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
};

/** What was kept alive by a promise or a finalizer is free after the next turn of the loop only. */
const collect = async () => {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc();
    await pause(5);
  }
};

process.on('SIGUSR2', async () => {
  const resources = countBy(process.getActiveResourcesInfo());
  const files = readdirSync('/proc/self/fd').length;
  await collect();
  const listeners = Object.fromEntries(process.eventNames().map(name => [String(name), process.listenerCount(name)]));
  const { heapUsed, external, rss } = process.memoryUsage();
  process.stdout.write(`inside ${JSON.stringify({ heapUsed, external, rss, resources, files, listeners })}\n`);
});
