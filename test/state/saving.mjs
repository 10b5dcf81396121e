// Saves values in a folder without end, prints a line for each that is saved, and kills itself at the KILL_AT-th operation on a file.
import { open } from 'node:fs/promises';

const [, , module, folder, from] = process.argv;
const file = await open(process.execPath);
const prototype = Object.getPrototypeOf(file);
await file.close();
let left = Number(process.env.KILL_AT);
for (const name of ['write', 'datasync', 'sync', 'truncate']) {
  const plain = prototype[name];
  prototype[name] = function (...parameters) {
    left -= 1;
    if (left === 0) process.kill(process.pid, 'SIGKILL');
    return plain.apply(this, parameters);
  };
}

const { openDurableMap } = await import(module);
const map = await openDurableMap(folder, { unfinishedSave() {}, notLocked() {}, smallVolume() {} });
const keys = [...map.entries()].map(([key]) => key);
for (let save = Number(from); ; save += 1) {
  const key = keys[(save * 7) % keys.length];
  await map.set(key, { save, padding: 'x'.repeat(1000) });
  process.stdout.write(`${key} ${save}\n`);
}
