// What some tests need from outside node_modules. On a user's machine a test whose tool is missing is skipped and says why;
// with CI=true it fails, so that nothing is ever skipped in silence where it counts.
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, test } from 'vitest';

export type Found = { path: string } | { missing: string };

const remedies = {
  amtool: 'apt-get install prometheus-alertmanager',
  aws: 'apt-get install awscli',
  buildah: 'apt-get install buildah',
  chromium: 'apt-get install chromium',
  curl: 'apt-get install curl',
  gzip: 'apt-get install gzip',
  jq: 'apt-get install jq',
  helm: 'node scripts/fetch-helm.mjs',
  kubectl: 'node scripts/fetch-helm.mjs',
  nginx: 'apt-get install nginx-light',
  mount: 'apt-get install mount',
  openssl: 'apt-get install openssl',
  podman: 'apt-get install podman',
  prlimit: 'apt-get install util-linux',
  prometheus: 'apt-get install prometheus',
  'prometheus-alertmanager': 'apt-get install prometheus-alertmanager',
  promtool: 'apt-get install prometheus',
  squid: 'apt-get install squid',
  'systemd-analyze': 'apt-get install systemd',
  yamllint: 'apt-get install yamllint',
};

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A program in the cache folder, where scripts/fetch-helm.mjs puts the version that is pinned, or on the PATH. */
export function tool(name: keyof typeof remedies): Found {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aws-glue-exporter-tools');
  // Debian has servers in /usr/sbin, which is not on the PATH of users.
  const folders = [cache, ...(process.env.PATH ?? '').split(delimiter).filter(Boolean), '/usr/sbin'];
  const path = folders.map(folder => join(folder, name)).find(executable);
  return path === undefined ? { missing: `${name} is not installed: ${remedies[name]}` } : { path };
}

/** The built exporter; `npm test` builds before it tests. */
export function built(): Found {
  const path = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  return executable(path) ? { path } : { missing: 'the exporter is not built: npm run build' };
}

/** A `describe` whose tests get the path of what they need. */
export function describeWith(found: Found, title: string, tests: (path: string) => void): void {
  if ('path' in found) {
    describe(title, () => tests(found.path));
  } else if (process.env.CI === 'true') {
    test(title, () => {
      throw new Error(found.missing);
    });
  } else {
    // The default reporter does not show the titles of skipped tests.
    process.stderr.write(`SKIPPED ${title}: ${found.missing}\n`);
    test.skip(`${title} (${found.missing})`);
  }
}
