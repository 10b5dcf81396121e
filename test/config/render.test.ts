import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { renderConfig } from '../../src/config/render.ts';
import { knownNames } from '../../src/exporter/known-names.ts';

const parse = (text: string) => parseConfig(text, 'config.yaml', knownNames);

describe('a config that is shown', () => {
  test.each([
    ['the defaults', ''],
    [
      'everything set',
      `
targets:
  - region: eu-west-1
    role_arn: arn:aws:iam::111122223333:role/glue-exporter
    endpoint: http://127.0.0.1:4566
    sts_endpoint: https://sts.example
    sts_region: us-east-1
    profile: production
    use_fips_endpoint: false
    labels: { team: data }
    jobs: { include: ["^etl-"], exclude: ["-dev$"], tags: { team: data } }
    workflows: { include: [".*"] }
  - { region: eu-west-2, account_id: "000000000042" }
account_names: { "111122223333": production, "000000000042": sandbox }
collectors: [jobs]
metrics: { preset: lean, include: ["_runs_total$"], exclude: [timeout] }
poll: { interval: 1h1m1s, discovery_interval: 1.5s, timeout: 2d, concurrency: 3 }
aws: { requests_per_second: 0.5, request_timeout: 100ms, max_attempts: 1 }
state: { path: "/var/lib/it's mine" }
series: { stale_after: 3h, limit: 10 }
`,
    ],
    ['durations that are no whole seconds', 'poll: { interval: 1.0005s, timeout: 1.1h, discovery_interval: 1500.7ms }'],
    [
      'an interval that no target uses',
      'poll: { interval: 1h }\ntargets: [{ poll: { interval: 1m } }]\nseries: { stale_after: 10m }',
    ],
  ])('is the same config when it is read again: %s', (_what, text) => {
    const config = parse(text);
    expect(parse(renderConfig(config))).toEqual(config);
  });

  test('shows every target with what it inherits, and what it has of its own', () => {
    const config = parse(readFileSync('test/config/valid-defaults.yaml', 'utf8'));
    const shown = renderConfig(config);
    expect(shown).not.toMatch(/defaults|[&*]a\d|\{account_id\}/);
    expect(shown.match(/^ {2}- region:/gm)).toHaveLength(6);
    expect(shown).toContain(
      '    poll:\n      interval: 2m\n      concurrency: 16\n    aws:\n      requests_per_second: 40\n',
    );
    // With the secrets put back.
    const secrets = ['example', 'example', 'example', 'example', 'another'];
    expect(parse(shown.replaceAll('<secret>', () => secrets.shift() ?? ''))).toEqual(config);
  });

  test('is the example without its comments, for the example', () => {
    const config = parse(readFileSync('config.example.yaml', 'utf8'));
    expect(parse(renderConfig(config))).toEqual(config);
  });

  test('shows no external id, and no user or password in a URL', () => {
    const shown = renderConfig(
      parse(`
targets:
  - region: eu-west-1
    role_arn: arn:aws:iam::111122223333:role/glue-exporter
    external_id: planted-external-id
    endpoint: http://planted-user:planted-password@proxy.example:4566/path
    sts_endpoint: https://planted-token@sts.example
`),
    );
    expect(shown).not.toContain('planted');
    expect(shown).toContain('external_id: <secret>');
    expect(shown).toContain('http://<secret>@proxy.example:4566/path');
    expect(shown).toContain('https://<secret>@sts.example');
  });
});
