// Writes dist/build.json, which --version and aws_glue_exporter_build_info show. REVISION and BRANCH say what is built where there is
// no git, as in the Dockerfile; SOURCE_DATE_EPOCH replaces the time, so that a build can be repeated to the byte.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const { REVISION, BRANCH, SOURCE_DATE_EPOCH } = process.env;

/** What git prints; undefined without git, or when this folder is no clone of its own. */
const git = (...args) => {
  try {
    const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('git', args, options).trim();
  } catch {
    return undefined;
  }
};

const isClone = git('rev-parse', '--show-prefix') === '';
const commit = isClone ? git('rev-parse', 'HEAD') : undefined;
const isModified = commit !== undefined && git('status', '--porcelain', '--untracked-files=no') !== '';
const branch = isClone ? git('rev-parse', '--abbrev-ref', 'HEAD') : undefined;

if (SOURCE_DATE_EPOCH && !/^\d{1,11}$/.test(SOURCE_DATE_EPOCH)) {
  throw new Error(`SOURCE_DATE_EPOCH must be seconds since 1970, not "${SOURCE_DATE_EPOCH}"`);
}
const time = new Date(SOURCE_DATE_EPOCH ? Number(SOURCE_DATE_EPOCH) * 1000 : Date.now());

const build = {
  branch: BRANCH || branch || 'unknown',
  revision: REVISION || (commit && `${commit}${isModified ? '-modified' : ''}`) || 'unknown',
  // As in Prometheus: 20260301-12:00:00.
  date: time.toISOString().slice(0, 19).replaceAll('-', '').replace('T', '-'),
};
writeFileSync(`${root}dist/build.json`, `${JSON.stringify(build)}\n`);
