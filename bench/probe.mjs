// Preloaded into a process that is measured: tells what it costs when it is asked.
import { openSync, readSync } from 'node:fs';
import { hrtime } from 'node:process';

const RESOLUTION_MS = 1;
/** Shorter blocks are not told one by one. */
const WORTH_TELLING_MS = 3;

/** The main thread's time on a CPU, its time in wait for one, and more: https://docs.kernel.org/scheduler/sched-stats.html */
const schedstat = process.platform === 'linux' ? openSync('/proc/self/schedstat') : undefined;
const line = Buffer.alloc(100);
const waitedMs = () => {
  if (schedstat === undefined) return 0;
  const length = readSync(schedstat, line, 0, line.length, 0);
  return Number(line.toString('latin1', 0, length).split(' ')[1]) / 1e6;
};
/** The machine's clock, which all processes see. */
const nowMs = () => Number(hrtime.bigint()) / 1e6;

let last = { at: nowMs(), waited: waitedMs() };
let blocks = [];
// Late by what has held up the event loop.
setInterval(() => {
  const now = { at: nowMs(), waited: waitedMs() };
  const from = last.at + RESOLUTION_MS;
  if (now.at - from > WORTH_TELLING_MS) blocks.push({ from, to: now.at, waitedMs: now.waited - last.waited });
  last = now;
}, RESOLUTION_MS).unref();

process.on('message', question => {
  if (question !== 'costs') return;
  const rss = process.memoryUsage.rss();
  const { user, system } = process.cpuUsage();
  process.send({ rss, cpuMs: (user + system) / 1000, blocks });
  blocks = [];
});
// The channel must not keep alive what has come to its end.
process.channel?.unref();
