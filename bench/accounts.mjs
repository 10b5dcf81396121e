// Simulated accounts with some regions each, in a process of their own: jobs and workflows are shared out among them.
import { platformWorld } from '../dist/simulator/platform.js';
import { startSimulator } from '../dist/simulator/server.js';

const [accounts = '', regions = '', jobs = '0', workflows = '0'] = process.argv.slice(2);
const places = accounts.split(',').flatMap(accountId => regions.split(',').map(region => ({ accountId, region })));
const worlds = places.map(place =>
  platformWorld({
    seed: 'bench',
    ...place,
    jobs: Math.round(Number(jobs) / places.length),
    workflows: Math.round(Number(workflows) / places.length),
    nowSeconds: Date.now() / 1000,
  }),
);
const { endpoint, requests } = await startSimulator({ worlds, port: 0, latencySeconds: 0.05 });
process.on('message', question => {
  if (question === 'calls') process.send({ calls: [...requests.values()].reduce((a, b) => a + b, 0) });
});
process.send({ endpoint });
