import type { Config } from '../config/config.ts';
import { parseConfig } from '../config/load.ts';
import { knownNames } from '../exporter/known-names.ts';
import { platformWorld } from '../simulator/platform.ts';
import { type Simulator, startSimulator } from '../simulator/server.ts';
import { entitiesOf } from '../simulator/world.ts';

/** Where the demo's simulated account listens; a free port when it is taken. */
const SIMULATOR_PORT = 14584;

const ACCOUNT_ID = '123456789012';
const REGION = 'eu-west-1';

export interface Demo {
  readonly config: Config;
  /** The simulator takes any; the user's own must not be sent to it. */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** Where to look and what to try, for a terminal. */
  welcome(statusUrl: string, telemetryPath: string): string;
  close(): Promise<void>;
}

/** Starts a simulated Glue account, and says how to poll all that it has. */
export const startDemo = async (): Promise<Demo> => {
  const world = platformWorld({
    seed: 'demo',
    accountId: ACCOUNT_ID,
    region: REGION,
    jobs: 60,
    workflows: 12,
    nowSeconds: Date.now() / 1000,
  });
  const start = (port: number): Promise<Simulator> => startSimulator({ worlds: [world], port });
  const simulator = await start(SIMULATOR_PORT).catch(() => start(0));
  const config = parseConfig(configFor(simulator.endpoint), 'demo', knownNames);
  // The simulated account has more kinds than are collected by default.
  const entities = config.collectors.map(name => `${entitiesOf(world, name).length} ${name}`).join(', ');
  return {
    config,
    credentials: { accessKeyId: 'demo', secretAccessKey: 'demo' },
    close: () => simulator.close(),
    welcome(statusUrl, telemetryPath) {
      const metricsUrl = `${statusUrl}${telemetryPath.slice(1)}`;
      return `
A simulated Glue account (${entities}) is polled every 2 seconds.

  Metrics   ${metricsUrl}
  Status    ${statusUrl}
  Simulator ${simulator.endpoint}/

Three things to try in another terminal:

  1. Which jobs' newest run has failed?
     curl -s ${metricsUrl} | grep 'job_last_run_state.*FAILED"} 1'

  2. Which workflows have failed, although AWS calls some of their runs COMPLETED?
     curl -s ${metricsUrl} | grep -E 'workflow_last_run_(outcome.*failed|status.*COMPLETED)"} 1'
     A name in both lists, such as finance-closing, failed although AWS calls it COMPLETED.

  3. Make AWS throttle half of all requests, and see it counted:
     curl -X POST '${simulator.endpoint}/_simulator/faults?kind=throttle&rate=0.5'
     sleep 5; curl -s ${metricsUrl} | grep api_throttles_total
     curl -X DELETE '${simulator.endpoint}/_simulator/faults'

Ctrl-C ends everything.

`;
    },
  };
};

const configFor = (endpoint: string): string => `
targets:
  - region: ${REGION}
    endpoint: ${endpoint}
    sts_endpoint: ${endpoint}
collectors: [all]
poll: { interval: 2s, discovery_interval: 30s }
aws: { requests_per_second: 100 }
`;
