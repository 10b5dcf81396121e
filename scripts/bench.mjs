// Runs bench/, which is TypeScript, on a Node that cannot: `npm run bench -- --help` says what it does.
import { runnerImport } from 'vite';

const main = new URL('../bench/main.ts', import.meta.url).pathname;
const { module } = await runnerImport(main, { configFile: false, logLevel: 'error' });
process.exitCode = await module.main(process.argv.slice(2), text => process.stdout.write(text));
