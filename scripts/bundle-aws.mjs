// Replaces dist/glue/aws.js, which names what is used of the AWS SDK, by a bundle of just that: see src/glue/aws.ts.
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const file = fileURLToPath(new URL('../dist/glue/aws.js', import.meta.url));
await build({
  entryPoints: [file],
  outfile: file,
  allowOverwrite: true,
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // As ES modules, of which what is not used can be left out.
  mainFields: ['module', 'main'],
  // Some packages are CommonJS, and ask for modules of Node.
  banner: { js: "import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);" },
  logLevel: 'warning',
});
