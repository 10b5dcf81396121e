import { expect, test } from 'vitest';
import { type Histories, rulesOf } from '../../src/collectors/collector.ts';
import { jobHistories } from '../../src/collectors/jobs/jobs.ts';
import { workflowHistories } from '../../src/collectors/workflows/workflows.ts';
import { mostSeries, renderEntity } from '../../src/metrics/rendered.ts';
import { fold } from '../../src/runs/fold.ts';
import { emptyLedger, type Ledger } from '../../src/runs/ledger.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { JsonObject } from '../../src/simulator/world.ts';
import { connect, noon, place, simulate } from '../glue/connect.ts';

/** What is exposed of an only entity: before it was read, and after a poll that has read all these runs. */
const seriesOf = async <Definition extends { readonly name: string }, Facts>(
  collector: Histories<Definition, Facts>,
  runs: readonly JsonObject[],
): Promise<{ readonly idle: number; readonly full: number; readonly most: number }> => {
  const name = 'only';
  const world = scriptedWorld({
    ...place,
    [collector.name]: { [name]: runs },
    definitions: { [name]: { MaxConcurrentRuns: 1 } },
  });
  const { glue } = connect((await simulate({ worlds: [world] })).endpoint);
  const [definition] = await collector.list(glue, undefined);
  if (definition === undefined) throw new Error('it is not listed');
  const page = await collector.readRuns(glue, definition, 200, undefined);
  const reading = { runs: page.runs, completeAfter: Number.NEGATIVE_INFINITY, newestFirst: false, readAt: noon };
  const { ledger } = fold(emptyLedger, reading, rulesOf(collector, definition, { epoch: 0 }));
  const series = (of: Ledger<Facts>) => renderEntity(collector.families, {}, { definition, ledger: of }).series;
  return { idle: series(emptyLedger), full: series(ledger), most: mostSeries(collector.families) };
};

const ended = (index: number) => ({ StartedOn: noon - 1000 + index, CompletedOn: noon - 500 + index });

test('a job that has had runs of all kinds has as many series as a job can have', async () => {
  const states = ['STOPPED', 'SUCCEEDED', 'FAILED', 'TIMEOUT', 'ERROR', 'EXPIRED', 'UNHEARD_OF'];
  const active = ['STARTING', 'RUNNING', 'STOPPING', 'WAITING', 'UNHEARD_OF_TOO'];
  const common = { ExecutionTime: 10, Attempt: 0, WorkerType: 'G.1X', NumberOfWorkers: 2 };
  const runs = [
    ...states.map((JobRunState, index) => ({ Id: `jr_${index}`, JobRunState, ...common, ...ended(index) })),
    ...active.map((JobRunState, index) => ({ Id: `jr_a${index}`, JobRunState, StartedOn: noon + index, ...common })),
  ];
  expect(await seriesOf(jobHistories, runs)).toEqual({ idle: 24, full: 49, most: 49 });
});

test('a workflow that has had runs of all kinds has as many series as a workflow can have', async () => {
  const names = ['Succeeded', 'Failed', 'Errored', 'Timeout', 'Stopped', 'Running', 'Waiting'];
  const statistics = (some: JsonObject): JsonObject => ({
    TotalActions: 9,
    ...Object.fromEntries(names.map(name => [`${name}Actions`, 0])),
    ...some,
  });
  const outcomes = [
    { SucceededActions: 9 },
    { FailedActions: 1 },
    { StoppedActions: 1 },
    { TotalActions: 9 },
    { TotalActions: undefined },
  ];
  const ends = ['COMPLETED', 'STOPPED', 'ERROR', 'UNHEARD_OF'].flatMap(Status =>
    outcomes.map(some => ({ Status, Statistics: statistics(some) })),
  );
  const active = ['RUNNING', 'STOPPING', 'UNHEARD_OF_TOO'].map(Status => ({ Status, Statistics: statistics({}) }));
  const runs = [
    ...ends.map((run, index) => ({ WorkflowRunId: `wr_${index}`, ...run, ...ended(index) })),
    ...active.map((run, index) => ({ WorkflowRunId: `wr_a${index}`, ...run, StartedOn: noon + index })),
  ];
  expect(await seriesOf(workflowHistories, runs)).toEqual({ idle: 19, full: 52, most: 52 });
});
