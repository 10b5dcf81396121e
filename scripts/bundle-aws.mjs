// Replaces dist/glue/aws.js, which names what is used of the AWS SDK, by a bundle of just that: see src/glue/aws.ts. The bundle
// holds the code of packages that are not installed with the exporter, so what is in it is written down: see third-party.mjs.
import { rmSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describeThirdParties } from './third-party.mjs';

const root = fileURLToPath(new URL('../', import.meta.url));
const file = fileURLToPath(new URL('../dist/glue/aws.js', import.meta.url));
const { metafile } = await build({
  entryPoints: [file],
  outfile: file,
  absWorkingDir: root,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // As ES modules, of which what is not used can be left out.
  mainFields: ['module', 'main'],
  // Some packages are CommonJS, and ask for modules of Node.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  metafile: true,
  logLevel: 'warning',
});

const bundle = relative(root, file).split(sep).join('/');
const inputs = Object.keys(metafile.outputs[bundle].inputs);
// Files of ours that are in the bundle. Nothing else may import them: the packages that they need are not installed.
for (const input of inputs) {
  if (input.startsWith('dist/') && resolve(root, input) !== file) rmSync(join(root, input));
}
const folders = inputs.flatMap(input => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(input) ?? []);
describeThirdParties({ root, bundle, folders: [...new Set(folders)].sort() });
