// Loaded into the exporter with --import: a disk that takes SYNC_MS milliseconds to say that something is safe. So a save lasts
// long enough to be killed in the middle of it, and to be scraped before that.
import { open } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';

const file = await open(process.execPath);
const prototype = Object.getPrototypeOf(file);
await file.close();

for (const name of ['sync', 'datasync']) {
  const plain = prototype[name];
  prototype[name] = async function () {
    await pause(Number(process.env.SYNC_MS));
    return plain.call(this);
  };
}
