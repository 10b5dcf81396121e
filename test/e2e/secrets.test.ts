import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashSync } from 'bcrypt';
import { describe, expect, it } from 'vitest';
import type { Fault, FaultKind } from '../../src/simulator/faults.ts';
import { plantedSecrets } from '../../src/simulator/messages.ts';
import { platformWorld } from '../../src/simulator/platform.ts';
import type { Simulator } from '../../src/simulator/server.ts';
import { entitiesOf } from '../../src/simulator/world.ts';
import { login, startDaemon, temporaryFolder, writeConfig } from '../daemon.ts';
import { samplesOf } from '../exposition-parser.ts';
import { ACCOUNT_ID, configFor, place, REGION, simulate, stageClock, targetOf } from './account.ts';

const ABROAD = { accountId: '444455556666', region: 'us-east-1' };
/** The status page has what failed in the last day. */
const NOW = Math.floor(Date.now() / 1000);
const size = { seed: 1, jobs: 28, workflows: 7, nowSeconds: NOW };

const EXTERNAL_ID = 'external-id-that-nobody-must-see';
const PASSWORD = 'web-password-that-nobody-must-see';
const HASH = hashSync(PASSWORD, 4);
const keys = {
  AWS_ACCESS_KEY_ID: 'AKIANOBODYMUSTSEE000',
  AWS_SECRET_ACCESS_KEY: 'secret/key/that/nobody/must/see',
  AWS_SESSION_TOKEN: 'session-token-that-nobody-must-see',
};
const ENDPOINT_USER = 'endpoint-user-that-nobody-must-see';
const ENDPOINT_PASSWORD = 'endpoint-password-that-nobody-must-see';

const SECRETS: readonly string[] = [
  ...plantedSecrets,
  EXTERNAL_ID,
  PASSWORD,
  HASH,
  ...Object.values(keys),
  ENDPOINT_USER,
  ENDPOINT_PASSWORD,
];

/** Which secrets a text shows, as they are or as a URL or JSON writes them. */
const secretsIn = (text: string): readonly string[] =>
  SECRETS.filter(secret =>
    [secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)].some(form => text.includes(form)),
  );

/** What errors and broken answers tell besides the runs. */
const echoes: readonly FaultKind[] = ['access_denied', 'invalid_input', 'html_200', 'html_503'];
const spoilt: readonly FaultKind[] = ['malformed_run', 'unknown_values', 'missing_dates', 'truncate', 'not_found'];

/** An answer as it goes over the wire. */
const rawAnswer = async ({ endpoint }: Simulator, operation: string, input: object): Promise<string> => {
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'X-Amz-Target': `AWSGlue.${operation}`,
      'Content-Type': 'application/x-amz-json-1.1',
      Authorization: `AWS4-HMAC-SHA256 Credential=AKIATESTTESTTESTTEST/20260301/${REGION}/glue/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  return answer.text();
};

const worlds = [
  platformWorld({ ...place, ...size }),
  { ...platformWorld({ ...ABROAD, ...size }), externalId: EXTERNAL_ID },
];

describe('what nobody must see', () => {
  it('is in what AWS answers, and would be found', async () => {
    const simulator = await simulate(worlds, { clock: () => NOW });
    const answers: string[] = [];
    for (const { name } of worlds.slice(0, 1).flatMap(world => entitiesOf(world, 'jobs'))) {
      answers.push(await rawAnswer(simulator, 'GetJobRuns', { JobName: name, MaxResults: 200 }));
    }
    expect(secretsIn(answers.join('\n')).length).toBeGreaterThan(2);
    for (const kind of echoes) {
      simulator.setFaults([{ kind, rate: 1 }]);
      const answer = await rawAnswer(simulator, 'GetJobRuns', { JobName: 'any' });
      expect(secretsIn(answer), kind).toHaveLength(1);
      answers.push(answer);
    }
    expect(secretsIn(answers.join('\n'))).toEqual(plantedSecrets);
    expect(secretsIn(`Authorization ${JSON.stringify({ ...keys, HASH })} ${PASSWORD}`)).toHaveLength(5);
  });

  it.each(['logfmt', 'json'])('is nowhere in what the exporter shows, answers, logs (%s) or saves', async format => {
    const clock = stageClock(NOW);
    const simulator = await simulate(worlds, { clock: clock.now });
    const endpoint = simulator.endpoint.replace('//', `//${ENDPOINT_USER}:${ENDPOINT_PASSWORD}@`);
    const role = { role_arn: `arn:aws:iam::${ABROAD.accountId}:role/glue-exporter`, external_id: EXTERNAL_ID };
    const state = { path: join(temporaryFolder(), 'state') };
    const configWith = (more: object) =>
      configFor(simulator, {
        targets: [
          targetOf(simulator, { endpoint, sts_endpoint: endpoint }),
          targetOf(simulator, { region: ABROAD.region, ...role, ...more }),
        ],
        aws: { max_attempts: 1 },
        state,
      });
    const web = writeConfig(`basic_auth_users: { prometheus: ${HASH} }\n`);
    const daemon = await startDaemon({
      config: configWith({}),
      args: [`--web.config.file=${web}`, '--web.enable-lifecycle', `--log.format=${format}`],
      env: keys,
      headers: login('prometheus', PASSWORD),
    });
    const said: string[] = [];
    const remember = async (): Promise<void> => {
      for (const path of ['/metrics', '/', '/config', '/-/healthy', '/nothing']) {
        said.push(`${(await daemon.get(path)).body}`);
      }
    };
    await daemon.ready();
    await remember();
    const exposition = await daemon.scrape();
    for (const { accountId } of [place, ABROAD]) {
      expect(samplesOf(exposition, 'aws_glue_job_info', { aws_account_id: accountId })).toHaveLength(28);
    }

    /** One poll of both targets in which every kind hits something. */
    const suffer = async (faults: readonly Fault[]): Promise<void> => {
      simulator.setFaults(faults);
      clock.set(clock.now() + 60);
      await Promise.all([REGION, ABROAD.region].map(region => daemon.poll({ region })));
      await remember();
    };
    const runs = ['GetJobRuns', 'GetWorkflowRuns'];
    await suffer(spoilt.map(kind => ({ kind, rate: 0.2, operations: runs })));
    await suffer(echoes.map(kind => ({ kind, rate: 0.1, operations: runs })));
    for (const kind of [...echoes, ...spoilt]) expect(simulator.faultHits.get(kind), kind).toBeGreaterThan(0);

    // A refused config quotes what is wrong with it, but not this.
    for (const mistake of [
      { external_id: `${EXTERNAL_ID} and more` },
      { external_id: EXTERNAL_ID, role_arn: undefined },
      { endpoint: `htp://${ENDPOINT_USER}:${ENDPOINT_PASSWORD}@host` },
      { sts_endpoint: `${ENDPOINT_USER}:${ENDPOINT_PASSWORD}@host` },
    ]) {
      daemon.rewrite(configWith(mistake));
      const { status, body } = await daemon.reload();
      expect(status).toBe(500);
      said.push(`${body}`);
    }
    // What is in the logs of requests that fail before they have begun.
    simulator.setFaults([{ kind: 'access_denied', rate: 1 }]);
    daemon.rewrite(configWith({ labels: { team: 'anew' } }));
    expect((await daemon.reload()).status).toBe(200);
    await daemon.poll({ region: ABROAD.region });
    await remember();
    said.push(`${(await daemon.get('/metrics', login('prometheus', 'wrong'))).body}`);
    const { code, stdout, stderr } = await daemon.stop();
    expect(code).toBe(0);

    expect(secretsIn(said.join('\n'))).toEqual([]);
    expect(said.join('\n'), 'or error messages were not searched').toContain('core?password=***&quot;');
    expect(secretsIn(stdout + stderr)).toEqual([]);
    for (const file of readdirSync(state.path)) {
      expect(secretsIn(readFileSync(join(state.path, file), 'latin1')), file).toEqual([]);
    }
    expect(readFileSync(join(state.path, 'ledgers.journal')).length).toBeGreaterThan(10_000);
    expect(stderr).toContain(ACCOUNT_ID);
  });
});
