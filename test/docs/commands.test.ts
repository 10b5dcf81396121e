import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { platformWorld } from '../../src/simulator/platform.ts';
import { cleanEnvironment, eventually, MAIN, run, startDaemon, temporaryFolder, writeConfig } from '../daemon.ts';
import { NOON, place, REGION, simulate } from '../e2e/account.ts';
import { built, describeWith } from '../tools.ts';
import { type Block, blocksIn, commandsOf, pathOf, placeOf, read } from './pages.ts';

/*
 * Every command that the documentation shows is run by a test, or carries the reason why it cannot be, in a comment directly before its block:
 *
 *   <!-- not run: why -->
 *   <!-- run by test/some.test.ts -->      a test that reads the page
 *
 * Without such a comment there are only commands that are run as they stand: those of the exporter and what asks it, here, and those of the
 * AWS CLI, in aws-cli.test.ts.
 */
const EXPORTER = /^(?:aws-glue-exporter|node dist\/main\.js)(?= |$)/;
const ASKS_EXPORTER = /^curl .*http:\/\/localhost:14583\//;
const AWS = /^aws /;

const isRunHere = (command: string): boolean => EXPORTER.test(command) || ASKS_EXPORTER.test(command);

const blocks = blocksIn('sh');

const objectionTo = (block: Block): string | undefined => {
  const { mark, page } = block;
  if (mark?.startsWith('not run: ')) return undefined;
  const [, file] = /^run by (test\/[\w./-]+\.test\.ts)/.exec(mark ?? '') ?? [];
  if (file !== undefined) {
    if (!existsSync(pathOf(file))) return `${file} is not there`;
    return read(file).includes(page) ? undefined : `${file} does not read ${page}`;
  }
  if (mark !== undefined) return `"${mark}" is neither "not run: why" nor "run by test/….test.ts"`;
  const unknown = commandsOf(block).filter(command => !isRunHere(command) && !AWS.test(command));
  return unknown.length === 0 ? undefined : `nobody runs ${unknown.map(command => `"${command}"`).join(', ')}`;
};

describe('the commands in the documentation', () => {
  test('are found', () => {
    expect(blocks.length).toBeGreaterThan(40);
    expect(new Set(blocks.map(({ page }) => page)).size).toBeGreaterThan(20);
  });

  test('are run by a test, or say why they cannot be', () => {
    const objections = blocks.flatMap(block => {
      const objection = objectionTo(block);
      return objection === undefined ? [] : [`${placeOf(block)}: ${objection}`];
    });
    expect(objections).toEqual([]);
  });

  test('have reasons that are reasons, where they are not run', () => {
    const reasons = blocks.flatMap(({ mark }) => /^not run: (.*)$/.exec(mark ?? '')?.[1] ?? []);
    expect(reasons.filter(reason => reason.split(' ').length < 3)).toEqual([]);
  });
});

interface Command {
  readonly where: string;
  readonly command: string;
}

const commands: readonly Command[] = blocks
  .filter(({ mark }) => mark === undefined)
  .flatMap(block => commandsOf(block).map(command => ({ where: placeOf(block), command })))
  .filter(({ command }) => isRunHere(command));

/** What ends by itself; everything else serves until it is stopped. */
const ENDS = /--(?:config\.check|help|version)\b| (?:once|check|iam-policy)\b/;

describeWith(built(), 'the commands of the exporter in the documentation', () => {
  /** A folder with all that commands name, and a home in which curl takes an answer such as 404 for a failure. */
  const prepare = async () => {
    const world = platformWorld({ ...place, seed: 1, jobs: 5, workflows: 2, nowSeconds: NOON });
    const { endpoint } = await simulate([world]);
    const config = { targets: [{ region: REGION, endpoint, sts_endpoint: endpoint }] };
    const folder = temporaryFolder();
    writeConfig(config, join(folder, 'config.yaml'));
    mkdirSync(join(folder, 'dist'));
    symlinkSync(MAIN, join(folder, 'dist/main.js'));
    symlinkSync(MAIN, join(folder, 'aws-glue-exporter'));
    writeFileSync(join(folder, '.curlrc'), 'fail\n');
    const usual = cleanEnvironment();
    const env = { ...usual, HOME: folder, PATH: [folder, usual.PATH].join(delimiter) };
    return { folder, config, env };
  };

  test('are answered by it as they stand, where they ask it', async () => {
    const { folder, config, env } = await prepare();
    const daemon = await startDaemon({ config, args: ['--web.enable-lifecycle'] });
    await daemon.ready();
    const asking = commands.filter(({ command }) => ASKS_EXPORTER.test(command));
    expect(asking.length).toBeGreaterThan(5);
    for (const { where, command } of asking) {
      const onItsPort = command.replaceAll('localhost:14583', new URL(daemon.url).host);
      const { exit } = run('bash', ['-o', 'pipefail', '-ec', `cd ${folder}; ${onItsPort}`], env);
      const { code, stdout, stderr } = await exit;
      expect({ where, command, code, said: stdout !== '' }, stderr).toEqual({ where, command, code: 0, said: true });
    }
  });

  test('do what they say, where they start it', async () => {
    const { folder, env } = await prepare();
    const starting = commands.filter(({ command }) => EXPORTER.test(command));
    expect(starting.length).toBeGreaterThan(3);
    for (const { where, command } of starting) {
      const withoutAddress = command.replace(/ --web\.listen-address=\S*/, '');
      const onAnyPort = `${withoutAddress} --web.listen-address=127.0.0.1:0`;
      const running = run('sh', ['-ec', `cd ${folder}; exec ${onAnyPort}`], env);
      const isListening = (): true | undefined =>
        running.written.stderr.includes('msg="Listening on"') ? true : undefined;
      if (!ENDS.test(command)) {
        await Promise.race([eventually(where, isListening), running.exit]);
        running.process.kill('SIGTERM');
      }
      const { code, stdout, stderr } = await running.exit;
      const says = stdout !== '' || command.includes(' > ');
      const isDone = ENDS.test(command) ? says : stderr.includes('msg="Listening on"');
      expect({ where, command, code, isDone }, stderr).toEqual({ where, command, code: 0, isDone: true });
    }
  });
});
