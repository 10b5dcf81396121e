// A simulated account of so many jobs, in a process of its own.
import { platformWorld } from '../dist/simulator/platform.js';
import { startSimulator } from '../dist/simulator/server.js';

const [jobs = '0'] = process.argv.slice(2);
const world = platformWorld({
  seed: 'bench',
  accountId: '111122223333',
  region: 'eu-west-1',
  jobs: Number(jobs),
  workflows: Math.round(Number(jobs) / 20),
  nowSeconds: Date.now() / 1000,
});
const { endpoint, requests } = await startSimulator({ worlds: [world], port: 0 });
process.on('message', question => {
  if (question === 'calls') process.send({ calls: [...requests.values()].reduce((a, b) => a + b, 0) });
});
process.send({ endpoint });
