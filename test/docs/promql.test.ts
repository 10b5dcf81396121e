import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { eventually, run, startDaemon, temporaryFolder } from '../daemon.ts';
import { startPrometheus } from '../e2e/prometheus.ts';
import { describeWith, tool } from '../tools.ts';
import { blocksIn, expressionsOf, placeOf } from './pages.ts';

const expressions = blocksIn('promql').flatMap(block =>
  expressionsOf(block).map(expr => ({ where: placeOf(block), expr })),
);

describe('the PromQL in the documentation', () => {
  test('is found', () => {
    expect(expressions.length).toBeGreaterThan(60);
  });
});

describeWith(tool('promtool'), 'the PromQL in the documentation', promtool => {
  test('is PromQL, expression by expression', async () => {
    const rules = expressions.map(({ where, expr }) => ({ record: 'expression', labels: { where }, expr }));
    const file = join(temporaryFolder(), 'rules.json');
    writeFileSync(file, JSON.stringify({ groups: [{ name: 'documentation', rules }] }));
    const { code, stdout, stderr } = await run(promtool, ['check', 'rules', '--lint=none', file]).exit;
    const wrong = [...stderr.matchAll(/rule (\d+), .*?: (.*)/g)].map(
      ([, number, why]) => `${expressions[Number(number) - 1]?.where}: ${why}`,
    );
    expect({ code, wrong }, stdout + stderr).toEqual({ code: 0, wrong: [] });
  });
});

/** What there is at once: not of one job by its name, not of what is wrong or only time brings, and not of other programs. */
const isThereAtOnce = (expr: string): boolean =>
  !/_name="|[<>]|[!=]= |\[|offset|topk|state="WAITING"|kubelet_|process_/.test(expr);

describeWith(tool('prometheus'), 'the PromQL in the documentation', program => {
  test('is answered by a Prometheus that scrapes the demo, with what there is', async () => {
    const demo = await startDaemon({ args: ['demo'] });
    await demo.ready();
    const prometheus = await startPrometheus(program, demo.url);
    await eventually('a scrape', async () =>
      Object.keys(await prometheus.series('aws_glue_job_info')).length > 0 ? true : undefined,
    );
    const failures: string[] = [];
    const empty: string[] = [];
    for (const { where, expr } of expressions) {
      try {
        const found = Object.keys(await prometheus.series(expr));
        if (found.length === 0 && isThereAtOnce(expr)) empty.push(`${where}: ${expr}`);
      } catch (error) {
        // Such as labels that do not fit.
        failures.push(`${where}: ${expr}\n${error}`);
      }
    }
    expect({ failures, empty }).toEqual({ failures: [], empty: [] });
    expect(expressions.filter(({ expr }) => isThereAtOnce(expr)).length).toBeGreaterThan(8);
  });
});
