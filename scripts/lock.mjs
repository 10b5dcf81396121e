// Brings package-lock.json up to date: every package, those of other platforms included, each with its hash. `npm run lock` runs it.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const file = new URL('package-lock.json', root);
const read = () => JSON.parse(readFileSync(file, 'utf8'));

const isWithoutHash = ([path, { integrity, link }]) => path !== '' && integrity === undefined && !link;

/** Optional packages, which are those of other platforms, that have no entry. */
const isMissing = (packages, [path, { optionalDependencies = {} }]) =>
  Object.keys(optionalDependencies).filter(
    name => !(`node_modules/${name}` in packages) && !(`${path}/node_modules/${name}` in packages),
  );

// npm never adds a hash to an entry that has none: it asks the registry for entries that are not there.
const lock = read();
lock.packages = Object.fromEntries(Object.entries(lock.packages).filter(entry => !isWithoutHash(entry)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);

execFileSync('npm', ['install', '--package-lock-only', '--ignore-scripts', '--no-audit', '--no-fund'], {
  cwd: fileURLToPath(root),
  stdio: 'inherit',
  shell: process.platform === 'win32',
});

const { packages } = read();
const entries = Object.entries(packages);
const faults = [
  ...entries.filter(isWithoutHash).map(([path]) => `${path} has no hash`),
  ...entries.flatMap(entry => isMissing(packages, entry)).map(name => `${name} is missing`),
];
if (faults.length > 0) {
  process.stderr.write(`lock: package-lock.json is incomplete, use another registry:\n${faults.join('\n')}\n`);
  process.exitCode = 1;
}
