import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { generatedFiles, generatedFolders } from './files.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

const contentOf = (path: string): string | undefined => {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
};

const filesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(join(root, folder)).map(name => `${folder}/${name}`);
  } catch {
    return [];
  }
};

/** Writes what is generated and removes what no longer is; with --check prints what that would change, and fails if anything. */
export const main = (args: readonly string[]): number => {
  const files = generatedFiles(path => contentOf(path) ?? '');
  const stale = files.filter(({ path, content }) => contentOf(path) !== content);
  const paths = new Set(files.map(({ path }) => path));
  const leftOver = generatedFolders.flatMap(filesIn).filter(path => !paths.has(path));
  if (args.includes('--check')) {
    for (const path of [...stale.map(file => file.path), ...leftOver]) {
      process.stderr.write(`${path} is stale: run \`npm run generate\` and commit what it changes\n`);
    }
    return stale.length + leftOver.length === 0 ? 0 : 1;
  }
  for (const { path, content } of stale) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
    process.stdout.write(`wrote ${path}\n`);
  }
  for (const path of leftOver) {
    rmSync(join(root, path));
    process.stdout.write(`removed ${path}\n`);
  }
  return 0;
};
