// Preloaded into a process that is measured: tells what it costs when it is asked. Node's own histogram sees every block of a millisecond.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const RESOLUTION_MS = 1;
const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delay.enable();

process.on('message', question => {
  if (question !== 'costs') return;
  const { rss, heapUsed, external } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  // The interval of the timer itself is in what the histogram records.
  const longestBlockMs = Math.max(0, delay.max / 1e6 - RESOLUTION_MS);
  delay.reset();
  process.send({ rss, heapUsed, external, cpuMs: (user + system) / 1000, longestBlockMs });
});
// The channel must not keep alive what has come to its end.
process.channel?.unref();
