// Everything that could refuse a release, tried before anything is published. release.yml runs it with its own rights:
//
//   TAG=v1.2.3 REPOSITORY=owner/name ACTOR=… TOKEN=… RUN_ATTEMPT=1 node scripts/release-check.mjs
//
// Lists all that is wrong. A repeated run may find what the run before it has published.
import { readFileSync } from 'node:fs';

const { TAG = '', REPOSITORY = '', ACTOR = '', TOKEN = '', RUN_ATTEMPT = '1' } = process.env;
const NPM = process.env.NPM_REGISTRY ?? 'https://registry.npmjs.org';
const IMAGES = process.env.IMAGE_REGISTRY ?? 'https://ghcr.io';
const isRepeated = Number(RUN_ATTEMPT) > 1;

const read = file => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const { name, version, repository } = JSON.parse(read('package.json'));

const ofVersions = () => {
  const chart = read('helm/aws-glue-exporter/Chart.yaml');
  const differing = ['version', 'appVersion'].filter(
    key => new RegExp(`^${key}: ["']?([^"'\\s]+)`, 'm').exec(chart)?.[1] !== version,
  );
  return [
    ...(TAG === `v${version}` ? [] : [`the tag is ${TAG}, but package.json has version ${version}`]),
    ...differing.map(key => `Chart.yaml has another ${key} than package.json (${version})`),
  ];
};

const ofRepository = () => {
  const expected = `git+https://github.com/${REPOSITORY}.git`;
  if (repository.url === expected) return [];
  return [`npm refuses provenance: package.json has repository ${repository.url}, but this is ${expected}`];
};

const ofNpm = async () => {
  const answer = await fetch(`${NPM}/${name}`);
  if (answer.status === 404) {
    return [`${name} is not on npm: a trusted publisher needs a package that exists, see docs/releasing.md`];
  }
  if (!answer.ok) return [`npm answers ${answer.status} for ${name}`];
  const { versions = {} } = await answer.json();
  return version in versions && !isRepeated ? [`npm has ${name} ${version} already`] : [];
};

/** A registry accepts the start of an upload only from those who may push; it is cancelled at once. */
const ofImages = async path => {
  const scope = `repository:${path}:pull,push`;
  const login = { authorization: `Basic ${Buffer.from(`${ACTOR}:${TOKEN}`).toString('base64')}` };
  const grant = await fetch(`${IMAGES}/token?${new URLSearchParams({ service: new URL(IMAGES).host, scope })}`, {
    headers: login,
  });
  if (!grant.ok) return [`no login for ${path}: the registry answers ${grant.status}`];
  const headers = { authorization: `Bearer ${(await grant.json()).token}` };
  const upload = await fetch(`${IMAGES}/v2/${path}/blobs/uploads/`, { method: 'POST', headers });
  if (upload.status !== 202) {
    return [`no right to push ${path}: the registry answers ${upload.status}, see docs/releasing.md`];
  }
  await fetch(new URL(upload.headers.get('location') ?? '', IMAGES), { method: 'DELETE', headers });
  const accept = 'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json';
  const tagged = await fetch(`${IMAGES}/v2/${path}/manifests/${version}`, {
    method: 'HEAD',
    headers: { ...headers, accept },
  });
  return tagged.ok && !isRepeated ? [`${path}:${version} exists already`] : [];
};

/** A registry that cannot be asked is no permission. */
const tried = async check => {
  try {
    return await check();
  } catch (error) {
    return [`${error instanceof Error ? (error.cause ?? error) : error}`];
  }
};

const [owner = ''] = REPOSITORY.split('/');
const faults = (
  await Promise.all(
    [
      ofVersions,
      ofRepository,
      ofNpm,
      () => ofImages(REPOSITORY.toLowerCase()),
      () => ofImages(`${owner.toLowerCase()}/charts/${name}`),
    ].map(tried),
  )
).flat();
if (faults.length > 0) {
  process.stderr.write(`${faults.map(fault => `release-check: ${fault}`).join('\n')}\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${name} ${version} can be released\n`);
}
