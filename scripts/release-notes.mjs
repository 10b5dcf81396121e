// Prints what the CHANGELOG says of one version: `node scripts/release-notes.mjs 1.2.3`. Fails when it says nothing, or has not dated it.
import { readFileSync } from 'node:fs';

const [version = ''] = process.argv.slice(2);
const changelog = readFileSync(new URL('../CHANGELOG.md', import.meta.url), 'utf8');
const section = changelog.split(/^## /m).find(text => text.startsWith(`${version} / `));
const [head = '', ...lines] = section?.split('\n') ?? [];
const notes = lines.join('\n').trim();

if (notes === '') {
  process.stderr.write(`release-notes: CHANGELOG.md says nothing of version ${JSON.stringify(version)}\n`);
  process.exitCode = 1;
} else if (!/ \/ \d{4}-\d{2}-\d{2}$/.test(head)) {
  process.stderr.write(`release-notes: CHANGELOG.md has no date for ${version}: "## ${head}"\n`);
  process.exitCode = 1;
} else {
  process.stdout.write(`${notes}\n`);
}
