// What dist/ says of code that is not the project's own. Scanners look for manifests and bills of materials, and licences ask to be
// passed on with the code:
//
//   dist/bom.json             every package that runs, bundled or installed, in CycloneDX: `npm sbom` without the tools
//   dist/bundled/NAME/        the manifest of each package in the bundle, as it would be in node_modules
//   dist/LICENSES.txt         the licence texts of the packages in the bundle
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const readJson = file => JSON.parse(readFileSync(file, 'utf8'));
const writeJson = (file, value) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);

/** `folders` are those of the packages in the bundle, below `root`. */
export function describeThirdParties({ root, bundle, folders }) {
  const packages = folders.map(folder => {
    const { name, version, license } = readJson(join(root, folder, 'package.json'));
    return { name, version, license, text: licenceText(root, folder, license) };
  });
  for (const { name, version, license } of packages) {
    const folder = join(root, 'dist/bundled', name);
    mkdirSync(folder, { recursive: true });
    writeJson(join(folder, 'package.json'), { name, version, license, description: `Bundled in ${bundle}` });
  }
  writeFileSync(join(root, 'dist/LICENSES.txt'), licences(bundle, packages));
  writeJson(join(root, 'dist/bom.json'), billOfMaterials(root, bundle, packages));
}

/** The licence of a package, and its notice if it has one. */
function licenceText(root, folder, license) {
  const files = readdirSync(join(root, folder)).filter(name => /^(?:licen[cs]e|notice)(?:[.-]|$)/i.test(name));
  // Some packages of the SDK name their licence only; it is ours, too.
  if (files.length === 0 && license === 'Apache-2.0') return readFileSync(join(root, 'LICENSE'), 'utf8').trim();
  if (files.length === 0) throw new Error(`${folder} is bundled, but has no licence that could be passed on`);
  return files.map(name => readFileSync(join(root, folder, name), 'utf8').trim()).join('\n\n');
}

/** Each text once, after the packages that it is of. */
function licences(bundle, packages) {
  const texts = [...new Set(packages.map(({ text }) => text))];
  const sections = texts.map(text => {
    const names = packages.filter(other => other.text === text).map(({ name, version }) => `${name} ${version}`);
    return `${names.join('\n')}\n\n${text}\n`;
  });
  return [`${bundle} holds code of the packages below, under these licences.\n`, ...sections].join(
    `\n${'='.repeat(78)}\n\n`,
  );
}

const DEVELOPMENT = 'cdx:npm:package:development';

/** What npm makes of package-lock.json, without the packages that only build and test. Without date, so that the same sources give the same file. */
function billOfMaterials(root, bundle, packages) {
  const { name } = readJson(join(root, 'package.json'));
  const whole = JSON.parse(
    execFileSync('npm', ['sbom', '--package-lock-only', '--sbom-format=cyclonedx', '--sbom-type=application'], {
      cwd: root,
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      shell: process.platform === 'win32',
    }),
  );
  const isBundled = component => packages.some(one => component.purl === purlOf(one));
  const isTool = ({ properties }) => properties.some(property => property.name === DEVELOPMENT);
  const components = whole.components.flatMap(component => {
    if (!isBundled(component)) return isTool(component) ? [] : [component];
    const others = component.properties.filter(property => property.name !== DEVELOPMENT);
    return [{ ...component, scope: 'required', properties: [...others, { name: 'bundled', value: bundle }] }];
  });
  const lacking = packages.filter(one => !components.some(({ purl }) => purl === purlOf(one)));
  if (lacking.length > 0) throw new Error(`not as locked: ${lacking.map(purlOf).join(', ')}; run npm ci`);
  const refs = new Set([whole.metadata.component['bom-ref'], ...components.map(component => component['bom-ref'])]);
  const dependencies = whole.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(other => refs.has(other)) }));
  const { timestamp: _, lifecycles: __, ...metadata } = whole.metadata;
  const { serialNumber: ___, ...head } = whole;
  // npm names it after the folder that it is in.
  return { ...head, metadata: { ...metadata, component: { ...metadata.component, name } }, components, dependencies };
}

const purlOf = ({ name, version }) => `pkg:npm/${name.replace('@', '%40')}@${version}`;
