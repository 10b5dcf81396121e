// Preloaded into a process that is measured: tells what it costs when it is asked.
import { openSync, readSync } from 'node:fs';

const RESOLUTION_MS = 1;

/** The main thread's time on a CPU, its time in wait for one, and more: https://docs.kernel.org/scheduler/sched-stats.html */
const schedstat = process.platform === 'linux' ? openSync('/proc/self/schedstat') : undefined;
const line = Buffer.alloc(100);
const waitedMs = () => {
  if (schedstat === undefined) return 0;
  const length = readSync(schedstat, line, 0, line.length, 0);
  return Number(line.toString('latin1', 0, length).split(' ')[1]) / 1e6;
};

let last = { at: performance.now(), waited: waitedMs() };
let longestMs = 0;
let longestOwnMs = 0;
// Late by what has held up the event loop.
setInterval(() => {
  const now = { at: performance.now(), waited: waitedMs() };
  const blockMs = Math.max(0, now.at - last.at - RESOLUTION_MS);
  longestMs = Math.max(longestMs, blockMs);
  longestOwnMs = Math.max(longestOwnMs, blockMs - (now.waited - last.waited));
  last = now;
}, RESOLUTION_MS).unref();

process.on('message', question => {
  if (question !== 'costs') return;
  const rss = process.memoryUsage.rss();
  const { user, system } = process.cpuUsage();
  process.send({
    rss,
    cpuMs: (user + system) / 1000,
    longestBlockMs: longestMs,
    longestOwnBlockMs: longestOwnMs,
  });
  longestMs = 0;
  longestOwnMs = 0;
});
// The channel must not keep alive what has come to its end.
process.channel?.unref();
