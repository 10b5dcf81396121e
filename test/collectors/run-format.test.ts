import { describe, expect, expectTypeOf, test } from 'vitest';
import { latestRunOf, type RunFormat, readRunPage, readSingleRun } from '../../src/collectors/run-format.ts';
import type { WireObject } from '../../src/glue/fields.ts';
import type { RunPage } from '../../src/runs/history.ts';
import { isNumber, objectOf, optional, type Stored } from '../../src/runs/stored.ts';
import { scriptedWorld } from '../../src/simulator/scripted.ts';
import type { JsonObject } from '../../src/simulator/world.ts';
import { connect, failureOf, noon, place, simulate } from '../glue/connect.ts';

const isWashFacts = objectOf({ degrees: isNumber, spins: optional(isNumber) });
type WashFacts = Stored<typeof isWashFacts>;

/** A kind that AWS does not have, whose runs have no modification time. */
const wash: RunFormat<{ readonly name: string }, WashFacts> = {
  id: 'Id',
  state: 'Phase',
  startedAt: 'Began',
  completedAt: 'Ended',
  errorMessage: 'Complaint',
  activeStates: ['SPINNING'],
  endedStates: ['CLEAN', 'TORN'],
  unknownState: 'wash_phase',
  read: ({ reported, id, ended, wire }, { fields, hasRun, unknownValue }, { name }) => {
    if (wire.Soap === 'NEW') unknownValue('wash_soap', 'NEW');
    return {
      verdict: reported === 'TORN' ? 'failure' : hasRun(`${id}_again`) ? 'other' : 'success',
      isProvisional: ended && name === 'slow',
      facts: { degrees: fields.number('Degrees', wire.Degrees) ?? 0, spins: undefined },
    };
  },
  messageOf: ({ facts }) => `torn at ${facts.degrees} degrees`,
};

const read = async (runs: readonly JsonObject[], name = 'shirts') => {
  const world = scriptedWorld({ ...place, jobs: { [name]: runs } });
  const { glue, seen } = connect((await simulate({ worlds: [world] })).endpoint);
  const input = { JobName: name };
  return { page: readRunPage(glue, wash, { name }, { operation: 'GetJobRuns', input, list: 'JobRuns' }), seen };
};

const errorsIn = ({ errors = new Map() }: RunPage<unknown>) => [...errors].map(([id, error]) => [id, error()]);

describe('the runs of any kind', () => {
  test('are read by the names of their fields', async () => {
    const run = { Id: 'w1', Phase: 'CLEAN', Began: noon - 60, Ended: noon, Degrees: 40 };
    const { runs, nextToken } = await (await read([run])).page;
    expect([runs, nextToken]).toEqual([
      [
        {
          id: 'w1',
          state: 'CLEAN',
          ended: true,
          verdict: 'success',
          startedAt: noon - 60,
          modifiedAt: undefined,
          completedAt: noon,
          facts: { degrees: 40, spins: undefined },
        },
      ],
      undefined,
    ]);
    expect(Object.keys(runs[0] ?? {}), 'final runs are saved without the field').not.toContain('isProvisional');
  });

  test('can be provisional', async () => {
    const { runs } = await (await read([{ Id: 'w1', Phase: 'CLEAN' }], 'slow')).page;
    expect(runs.map(run => run.isProvisional)).toEqual([true]);
  });

  test('have UNKNOWN for a state that is not listed, reported under the name that the kind chose', async () => {
    const { page, seen } = await read([
      { Id: 'w1', Phase: 'BOILING' },
      { Id: 'w2', Phase: 'BOILING', Ended: noon },
      { Id: 'w3', Phase: 'SPINNING', Ended: noon, Soap: 'NEW' },
    ]);
    expect((await page).runs.map(({ state, ended }) => [state, ended])).toEqual([
      ['UNKNOWN', false],
      ['UNKNOWN', true],
      ['SPINNING', false],
    ]);
    expect(seen.unknown).toEqual([
      ['wash_phase', 'BOILING'],
      ['wash_phase', 'BOILING'],
      ['wash_soap', 'NEW'],
    ]);
  });

  test('know the other runs of their page', async () => {
    const { runs } = await (
      await read([
        { Id: 'w1', Phase: 'CLEAN' },
        { Id: 'w1_again', Phase: 'CLEAN' },
      ])
    ).page;
    expect(runs.map(({ verdict }) => verdict)).toEqual(['other', 'success']);
  });

  test('have messages of failures: AWS writes them, or the kind does', async () => {
    const page = await (
      await read([
        { Id: 'w1', Phase: 'TORN', Complaint: 'a button came off', ErrorMessage: 'another field' },
        { Id: 'w2', Phase: 'TORN', Degrees: 90 },
        { Id: 'w3', Phase: 'CLEAN', Complaint: 'none' },
      ])
    ).page;
    expect(errorsIn(page)).toEqual([
      ['w1', 'a button came off'],
      ['w2', 'torn at 90 degrees'],
    ]);
  });

  test('fail with the name of a malformed field', async () => {
    for (const [field, value, message] of [
      ['Id', undefined, 'GetJobRuns: Id is missing'],
      ['Phase', undefined, 'GetJobRuns: Phase is missing'],
      ['Began', 'today', 'GetJobRuns: Began is a malformed string'],
      ['Degrees', -1, 'GetJobRuns: Degrees is a malformed number'],
    ]) {
      const { page } = await read([{ Id: 'w1', Phase: 'CLEAN', [`${field}`]: value }]);
      expect((await failureOf(page)).message).toBe(message);
    }
  });

  test('can be read one by one', async () => {
    const world = scriptedWorld({ ...place, jobs: { shirts: [{ Id: 'w1', Phase: 'CLEAN' }] } });
    const { glue } = connect((await simulate({ worlds: [world] })).endpoint);
    const single = (RunId: string) =>
      readSingleRun(
        glue,
        wash,
        { name: 'shirts' },
        {
          operation: 'GetJobRun',
          input: { JobName: 'shirts', RunId },
          member: 'JobRun',
        },
      );
    expect(await single('w1')).toMatchObject({ runs: [{ id: 'w1' }], nextToken: undefined });
    expect((await failureOf(single('w2'))).reason).toBe('not_found');
  });
});

test.each<[unknown, unknown]>([
  [
    { Id: 'w1', Phase: 'CLEAN' },
    { id: 'w1', state: 'CLEAN' },
  ],
  [
    { Id: 'w1', Phase: 'SPINNING' },
    { id: 'w1', state: 'SPINNING' },
  ],
  [
    { Id: 'w1', Phase: 'BOILING' },
    { id: 'w1', state: 'UNKNOWN' },
  ],
  [{ Id: 'w1' }, undefined],
  [{ Phase: 'CLEAN' }, undefined],
  [null, undefined],
  ['w1', undefined],
])('the newest run of a listing is read from %j', (wire, latest) => {
  expect(latestRunOf(wash, wire)).toEqual(latest);
});

test('the type of facts follows from the check of what was saved', () => {
  expectTypeOf<WashFacts>().toEqualTypeOf<{ readonly degrees: number; readonly spins: number | undefined }>();
  const saved: WireObject = JSON.parse('{"degrees":40,"later":true}');
  expect([isWashFacts(saved), isWashFacts({ spins: 3 }), isWashFacts({ degrees: 40, spins: '3' })]).toEqual([
    true,
    false,
    false,
  ]);
});
