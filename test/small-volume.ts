// A file system of a few megabytes, which only root can mount; in a container it needs CAP_SYS_ADMIN.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Found, tool } from './tools.ts';

const mounted = new Set<string>();

const unmount = (folder: string): void => {
  if (!mounted.delete(folder)) return;
  // Lazily: what a killed process has open must not keep it.
  execFileSync('umount', ['--lazy', folder]);
  rmdirSync(folder);
};
process.once('exit', () => {
  for (const folder of [...mounted]) unmount(folder);
});

const mount = (bytes: number): string => {
  const folder = mkdtempSync(join(tmpdir(), 'aws-glue-exporter-volume-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(folder);
    throw error;
  }
  mounted.add(folder);
  return folder;
};

/** Whether small volumes can be had here. */
export const smallVolumes = (): Found => {
  const found = tool('mount');
  if ('missing' in found) return found;
  try {
    unmount(mount(4096));
    return found;
  } catch {
    return { missing: 'a small file system cannot be mounted: run it as root, in a container with CAP_SYS_ADMIN' };
  }
};

/** An empty volume of so many bytes, until the end of the test. */
export const smallVolume = (bytes: number): string => {
  const folder = mount(Math.floor(bytes / 4096) * 4096);
  onTestFinished(() => unmount(folder));
  return folder;
};
