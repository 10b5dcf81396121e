import { describe, expect, it } from 'vitest';
import { run } from '../daemon.ts';
import { listeningAddress } from './prometheus.ts';

/** A program that writes this to stderr, and does not end by itself unless told to. */
const program = (stderr: string, then = 'exec sleep 600') =>
  run('sh', ['-c', `printf '%s\\n' "$0" >&2; ${then}`, stderr]);

describe('the address where Prometheus and Alertmanager listen', () => {
  it.each([
    [
      'Prometheus 2',
      'ts=2026-03-01T12:00:00.000Z caller=tls_config.go:232 level=info component=web msg="Listening on" address=127.0.0.1:40123',
    ],
    [
      'Prometheus 3',
      'time=2026-03-01T12:00:00.000Z level=INFO source=tls_config.go:354 msg="Listening on" component=web address=127.0.0.1:40123',
    ],
    [
      'Alertmanager 0.25',
      'ts=2026-03-01T12:00:00.000Z caller=tls_config.go:232 level=info msg="Listening on" address=127.0.0.1:40123',
    ],
  ])('is found in the log of %s', async (_version, line) => {
    expect(await listeningAddress('it', program(line))).toBe('127.0.0.1:40123');
  });

  it('that is never logged ends with what the program wrote', async () => {
    await expect(listeningAddress('it', program('a bad flag', 'exit 1'))).rejects.toThrow('it has ended:\na bad flag');
    const silent = program('no address');
    await new Promise<void>(resolve => silent.onOutput(resolve));
    await expect(listeningAddress('it', silent, 1)).rejects.toThrow('it does not listen after 0.001s:\nno address');
    const missing = run('/nowhere/prometheus', []);
    await expect(listeningAddress('it', missing)).rejects.toThrow('it could not be started: Error: spawn');
  });
});
