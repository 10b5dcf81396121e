// docs/installation.md tells how the unit is installed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseFlags } from '../../src/commands/flags.ts';
import { run, temporaryFolder } from '../daemon.ts';
import { read } from '../docs/pages.ts';
import { describeWith, tool } from '../tools.ts';

const name = 'aws-glue-exporter.service';
const unit = read(`packaging/${name}`);

/** The values of a setting, in their order. */
const valuesOf = (setting: string): readonly string[] =>
  [...unit.matchAll(new RegExp(`^${setting}=(.*)$`, 'gm'))].map(([, value = '']) => value);

const [command = '', ...args] = (valuesOf('ExecStart')[0] ?? '').split(' ');

describe('the systemd unit', () => {
  test('starts what npm installs, with flags that there are', () => {
    expect(command).toBe('/usr/local/bin/aws-glue-exporter');
    expect(read('docs/installation.md')).toContain('npm install --global --prefix /usr/local ');
    expect(parseFlags(args)).toMatchObject({ command: 'serve', configFile: '/etc/aws-glue-exporter/config.yaml' });
  });

  test('gives it more time to stop than it takes, and does not start again what a mistake has ended', () => {
    expect(valuesOf('TimeoutStopSec')).toEqual(['15s']);
    expect(valuesOf('Restart')).toEqual(['always']);
    expect(valuesOf('RestartPreventExitStatus')).toEqual(['2']);
  });

  test('keeps its state where the documentation says', () => {
    expect(valuesOf('StateDirectory')).toEqual(['aws-glue-exporter']);
    expect(read('config.example.yaml')).toContain('path: /var/lib/aws-glue-exporter');
    expect(read('docs/installation.md')).toContain('`state: { path: /var/lib/aws-glue-exporter }`');
  });

  test('is for a user without rights, and says why V8 needs the one that it cannot do without', () => {
    expect(valuesOf('DynamicUser')).toEqual(['yes']);
    expect(valuesOf('NoNewPrivileges')).toEqual(['yes']);
    expect(valuesOf('ProtectSystem')).toEqual(['strict']);
    expect(valuesOf('CapabilityBoundingSet')).toEqual(['']);
    expect(valuesOf('MemoryDenyWriteExecute')).toEqual([]);
    expect(unit).toMatch(/^# MemoryDenyWriteExecute cannot be used: V8 /m);
  });
});

describeWith(tool('systemd-analyze'), 'the systemd unit', analyze => {
  /** The same with a command that is there, which systemd asks for. */
  const runnable = (): string => {
    const file = join(temporaryFolder(), name);
    writeFileSync(file, unit.replace(command, process.execPath));
    return file;
  };

  test('has no mistake that systemd knows', async () => {
    const { code, stdout, stderr } = await run(analyze, ['verify', runnable()]).exit;
    expect({ code, said: stdout + stderr }).toEqual({ code: 0, said: '' });
  });

  test('is exposed no more than 1.5 of 10, as systemd reckons', async () => {
    const { code, stdout } = await run(analyze, ['security', '--offline=true', '--threshold=15', runnable()]).exit;
    expect(code, stdout).toBe(0);
  });

  test('allows every system call of the exporter but one that V8 does without', async () => {
    const expand = async (set: string): Promise<readonly string[]> => {
      const { stdout } = await run(analyze, ['syscall-filter', set]).exit;
      const members = stdout
        .split('\n')
        .slice(1)
        .map(line => line.trim());
      const inner = await Promise.all(members.filter(member => member.startsWith('@')).map(expand));
      return [...members.filter(member => /^\w+$/.test(member)), ...inner.flat()];
    };
    const [allowed = '', refused = ''] = valuesOf('SystemCallFilter');
    const sets = async (text: string) => (await Promise.all(text.replace('~', '').split(' ').map(expand))).flat();
    const without = new Set(await sets(refused));
    const calls = new Set([...(await sets(allowed)).filter(call => !without.has(call)), ...(await expand('@default'))]);
    // What strace has seen of it: reading, writing and syncing files, sockets, timers, threads, memory, signals.
    const used =
      'accept4 bind clone clone3 connect epoll_pwait eventfd2 execve fdatasync fsync ftruncate futex getrandom listen mmap mprotect openat pread64 prlimit64 pwrite64 rename rseq statfs statx unlink';
    expect(used.split(' ').filter(call => !calls.has(call))).toEqual([]);
    expect(valuesOf('SystemCallErrorNumber')).toEqual(['EPERM']);
  });
});
