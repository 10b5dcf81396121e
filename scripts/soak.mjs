// Runs test/soak/, which is TypeScript, on a Node that cannot: `npm run soak -- --help` says what it does.
import { runnerImport } from 'vite';

const main = new URL('../test/soak/main.ts', import.meta.url).pathname;
const { module } = await runnerImport(main, { configFile: false, logLevel: 'error' });
process.exitCode = await module.main(process.argv.slice(2));
