// Writes every generated file of the project; with --check says which are stale instead.
import { runnerImport } from 'vite';

const main = new URL('generate/main.ts', import.meta.url).pathname;
const { module } = await runnerImport(main, { configFile: false, logLevel: 'error' });
// What is imported keeps timers of its own.
process.exit(module.main(process.argv.slice(2)));
