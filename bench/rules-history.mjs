// Writes a history of series into the folder of a Prometheus, as OpenMetrics through promtool.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const CHUNK = 4 * 1024 * 1024;

/** The samples of a window of time, family by family as the format wants it. */
const writeWindow = (file, series, from, to, step) => {
  const descriptor = openSync(file, 'w');
  let text = '';
  const flush = () => {
    writeSync(descriptor, text);
    text = '';
  };
  let samples = 0;
  for (const { name, labels, valueAt } of series) {
    const key = `${name}{${labels}} `;
    for (let at = from; at < to; at += step) {
      text += `${key}${valueAt(at)} ${at}\n`;
      samples += 1;
    }
    if (text.length > CHUNK) flush();
  }
  text += '# EOF\n';
  flush();
  closeSync(descriptor);
  return samples;
};

/** Backfills series from a time to another, in seconds, in blocks of so many seconds. Returns the number of samples. */
export const backfill = ({ folder, series, from, to, step, block }) => {
  const file = join(folder, 'history.txt');
  let samples = 0;
  for (let start = Math.floor(from / block) * block; start < to; start += block) {
    const first = Math.max(start, Math.ceil(from / step) * step);
    const end = Math.min(start + block, to);
    if (first >= end) continue;
    samples += writeWindow(file, series, first, end, step);
    const { status, stderr, error } = spawnSync(
      'promtool',
      [
        'tsdb',
        'create-blocks-from',
        'openmetrics',
        '--quiet',
        `--max-block-duration=${block}s`,
        file,
        join(folder, 'data'),
      ],
      { encoding: 'utf8', maxBuffer: 1 << 30 },
    );
    if (status !== 0) throw new Error(`promtool: ${error ?? stderr}`);
  }
  rmSync(file, { force: true });
  return samples;
};
