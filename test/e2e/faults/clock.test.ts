import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hastyWorld } from '../../../src/simulator/fast-world.ts';
import type { Simulator } from '../../../src/simulator/server.ts';
import { eventually, temporaryFolder } from '../../daemon.ts';
import { ACCOUNT_ID, configFor, place, targetOf } from '../account.ts';
import { impatient, preloaded, type Stage, type StageOptions, stage } from './row.ts';

/**
 * An AWS with the right time, which refuses what was signed more than 5 minutes ago or ahead, and an exporter on a machine
 * whose clock is wrong, or becomes so: what Date tells in the daemon is injected.
 */
const wrongClock = async (secondsAhead: number, options: StageOptions = {}) => {
  const file = join(temporaryFolder(), 'seconds-ahead');
  const setClock = (ahead: number): void => writeFileSync(file, String(ahead));
  setClock(secondsAhead);
  const startAt = Math.floor(Date.now() / 1000);
  const world = hastyWorld({
    ...place,
    seed: 'clock',
    jobs: 4,
    workflows: 2,
    fromSeconds: startAt + 60,
    startEvery: [1, 5],
  });
  const on = await stage({
    config: simulator => configFor(simulator, { targets: [known(simulator)], aws: impatient }),
    ...options,
    worlds: [world],
    startAt,
    simulator: { signatureToleranceSeconds: 300, ...options.simulator },
    env: () => ({ ...preloaded('wrong-clock.mjs'), WRONG_CLOCK_FILE: file }),
  });
  return { ...on, setClock, begin: startAt + 60 };
};

/** A target whose account need not be asked for. */
const known = (simulator: Simulator): object => targetOf(simulator, { account_id: ACCOUNT_ID });

/** How polls ended. The daemon's own times cannot be trusted here. */
const ends = ({ daemon }: Stage): readonly boolean[] =>
  daemon.logged().flatMap(({ msg, error }) => (msg === 'Poll ended' ? [error === undefined] : []));

/** The end of a poll that has certainly begun after now: that of the one after the next. */
const wholePoll = async (on: Stage): Promise<boolean> => {
  const before = ends(on).length;
  return eventually('a poll', () => ends(on)[before + 1]);
};

/** Resolves when a poll ends: until the next one begins no request is under way, of which the SDK could learn the time as well. */
const pollEnd = async (on: Stage): Promise<void> => {
  let seen = -ends(on).length;
  await on.daemon.log('the end of a poll', ({ msg }) => {
    if (msg === 'Poll ended') seen += 1;
    return seen > 0 ? true : undefined;
  });
};

/** More than the polls that it may take to come right, on a busy machine. */
const PATIENCE_MS = 20_000;

/** A poll that went well, be it not the first. */
const goodPoll = (on: Stage): Promise<true> => {
  const before = ends(on).length;
  return eventually(
    'a good poll',
    () =>
      ends(on)
        .slice(before + 1)
        .includes(true) || undefined,
    PATIENCE_MS,
  );
};

describe('Clocks are wrong', () => {
  for (const [row, ahead] of [
    ['the clock is set an hour ahead', 3600],
    ['the clock is set an hour back', -3600],
  ] as const) {
    it(row, async () => {
      const on = await wrongClock(0);
      on.clock.set(on.begin + 20);
      expect(await wholePoll(on)).toBe(true);
      await on.expectTruth(on.begin + 20);

      await pollEnd(on);
      on.setClock(ahead);
      on.clock.set(on.begin + 40);
      // What AWS refuses has its time in the answer, and the SDK learns from it.
      await on.line({ level: 'ERROR', msg: 'Poll failed', error: 'GetJobRuns: InvalidSignatureException' });
      expect(await on.failureReasons()).toEqual(['expired_credentials']);
      await goodPoll(on);
      expect(await on.own('target_up')).toBe(1);
      await on.expectTruth(on.begin + 40);
      expect(ends(on).filter(up => !up)).toHaveLength(1);

      on.setClock(0);
      on.clock.set(on.begin + 60);
      await goodPoll(on);
      await on.expectTruth(on.begin + 60);
      expect(ends(on).filter(up => !up).length).toBeLessThanOrEqual(2);
    });
  }

  for (const [row, ahead] of [
    ['the clock is an hour ahead at the start', 3600],
    ['the clock is an hour behind at the start', -3600],
  ] as const) {
    it(row, async () => {
      const on = await wrongClock(ahead);
      await on.line({ level: 'ERROR', msg: 'Poll failed', error: 'GetJobs: InvalidSignatureException' });
      await goodPoll(on);
      expect(await on.own('target_up')).toBe(1);
      on.clock.set(on.begin + 20);
      await goodPoll(on);
      // No run of before is counted, and none of after is not.
      await on.expectTruth(on.begin + 20);
    });
  }

  it('the clock is wrong at the start and the account has to be asked for', async () => {
    const on = await wrongClock(3600, { config: simulator => configFor(simulator, { aws: impatient }) });
    await on.line({ level: 'ERROR', msg: 'Poll failed', error: 'GetCallerIdentity: SignatureDoesNotMatch' });
    await goodPoll(on);
    expect(await on.own('target_up', { aws_account_id: ACCOUNT_ID })).toBe(1);
  });

  const withRole = (simulator: Simulator): object =>
    configFor(simulator, {
      targets: [targetOf(simulator, { role_arn: `arn:aws:iam::${ACCOUNT_ID}:role/glue-exporter` })],
      aws: impatient,
    });

  it('the clock is an hour ahead and a role lasts an hour', async () => {
    const on = await wrongClock(3600, { config: withRole });
    await goodPoll(on);
    const before = on.simulator.requests.get('AssumeRole');
    await goodPoll(on);
    expect(await on.own('target_up')).toBe(1);
    // Credentials that are good for an hour are not asked for again and again.
    expect(on.simulator.requests.get('AssumeRole')).toBe(before);
  });

  it('the clock is an hour behind and a role ends', async () => {
    const on = await wrongClock(-3600, { config: withRole, simulator: { sessions: { seconds: 4 } } });
    await goodPoll(on);
    await on.line({ level: 'ERROR', msg: 'Poll failed', error: 'GetJobRuns: ExpiredTokenException' });
    await goodPoll(on);
  });
});
