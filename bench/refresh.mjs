// What it takes to bring what scrapes show up to date after 1% of so many jobs have changed, beside one compression of everything.
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { jobs } from '../dist/collectors/jobs/jobs.js';
import { createExposition } from '../dist/metrics/exposition.js';
import { renderEntity } from '../dist/metrics/rendered.js';
import { fold } from '../dist/runs/fold.js';
import { emptyLedger } from '../dist/runs/ledger.js';

const count = Number(process.argv[2]);
const NOW = 1_750_000_000;
const ROUNDS = 7;
/** Refreshes rest after their work; this is longer. */
const REST_MS = 1_100;

const run = (index, startedAt, state) => ({
  id: `jr_${`${index}`.padStart(64, '0')}`,
  state,
  ended: true,
  verdict: state === 'FAILED' ? 'failure' : 'success',
  startedAt,
  modifiedAt: startedAt + 612.25,
  completedAt: startedAt + 612.25,
  facts: { attempt: 0, executionSeconds: 571, dpuSeconds: { value: 5_710, source: 'estimated' } },
});

/** A job that has run a number of times. */
const rendered = (index, version) => {
  const name = `team-${index % 97}-etl-job-${index}`;
  const runs = [
    run(index, NOW + index + 3_600 * version, 'SUCCEEDED'),
    run(index + count, NOW - 86_400 + index, 'FAILED'),
  ];
  const reading = { runs, completeAfter: Number.NEGATIVE_INFINITY, newestFirst: true, readAt: NOW + 1e6 };
  const { ledger } = fold(emptyLedger, reading, { epoch: NOW - 1e6, tally: jobs.tally });
  const definition = {
    name,
    jobType: 'glueetl',
    glueVersion: '5.0',
    workerType: 'G.1X',
    executionClass: 'STANDARD',
    maxConcurrentRuns: 1,
    timeoutSeconds: 3_600,
    maxRetries: 0,
  };
  const labels = { aws_account_id: '111122223333', aws_region: 'eu-west-1', job_name: name };
  return renderEntity(jobs.families, labels, { definition, ledger });
};

const exposition = createExposition([jobs], Number.MAX_SAFE_INTEGER);
const put = (index, version) => exposition.put('jobs', `${index}`, rendered(index, version));
for (let index = 0; index < count; index += 1) {
  put(index, 0);
  if (index % 500 === 0) await exposition.refreshed();
}
await exposition.refreshed();
exposition.gzip('text');

const cpuMs = async act => {
  const before = process.cpuUsage();
  await act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
};
const median = values => values.sort((a, b) => a - b)[values.length >> 1];

const changed = Math.max(1, Math.floor(count / 100));
const ways = {
  together: (round, number) => (round * changed + number) % count,
  scattered: (round, number) => (number * 100 + round) % count,
};
const results = { jobs: count, series: exposition.series };
for (const [name, pick] of Object.entries(ways)) {
  const times = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await pause(REST_MS);
    const news = Array.from({ length: changed }, (_, number) => pick(round, number));
    for (const index of news) put(index, round);
    times.push(
      await cpuMs(async () => {
        await exposition.refreshed();
        exposition.gzip('text');
      }),
    );
  }
  results[name] = median(times);
}
const all = Buffer.concat(exposition.plain('text'));
const once = [];
for (let round = 0; round < ROUNDS; round += 1) once.push(await cpuMs(async () => gzipSync(all, { level: 3 })));
results.gzipOnce = median(once);
process.send(results);
