// What helm makes of the chart and of values, as plain data.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { parseAllDocuments } from 'yaml';

export const chart = fileURLToPath(new URL('../../helm/aws-glue-exporter/', import.meta.url));
export const readChart = (file: string): string => readFileSync(join(chart, file), 'utf8');

/** The folder of example values. */
export const examples = readdirSync(join(chart, 'ci')).map(file => ({
  name: basename(file, '-values.yaml'),
  file: join(chart, 'ci', file),
}));
export const withExample = (name: string): string[] => ['--values', join(chart, 'ci', `${name}-values.yaml`)];

/** One field deep inside a parsed document; undefined when anything on the way is missing. */
export const at = (value: unknown, ...path: readonly (string | number)[]): unknown =>
  path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  );

/** The paths of all values: a map with something in it counts through its fields. */
export const leaves = (value: unknown, path: readonly string[] = []): readonly string[] => {
  const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  return fields.length === 0 ? [path.join('.')] : fields.flatMap(([key, inner]) => leaves(inner, [...path, key]));
};

export interface Manifest {
  readonly kind: string;
  readonly manifest: unknown;
}

export const isHeadless = (manifest: unknown): boolean => at(manifest, 'spec', 'clusterIP') === 'None';

/** Of several objects of a kind the one that every release has. */
const isUsual = ({ kind, manifest }: Manifest): boolean =>
  !isHeadless(manifest) && (kind !== 'ConfigMap' || at(manifest, 'data', 'config.yaml') !== undefined);

/** Runs helm. Releases are called `glue` and are in the namespace `monitoring`. */
export const createHelm = (helm: string) => {
  const run = (...args: readonly string[]): { status: number | null; out: string; err: string } => {
    const { status, stdout, stderr } = spawnSync(helm, args, { encoding: 'utf8' });
    return { status, out: stdout, err: stderr };
  };
  const template = (of: string, ...args: readonly string[]) =>
    run('template', 'glue', of, '--namespace', 'monitoring', ...args);

  /** The manifests of a chart in any folder. Fails where a YAML loader that is strict would. */
  const renderChart = (of: string, ...args: readonly string[]): readonly Manifest[] => {
    const { status, out, err } = template(of, ...args);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    const documents = parseAllDocuments(out, { uniqueKeys: true });
    // A key that is there twice is one of them.
    expect(documents.flatMap(({ errors }) => errors.map(String))).toEqual([]);
    const manifests = documents.map((document): unknown => document.toJS());
    return manifests.flatMap(manifest => (manifest === null ? [] : [{ kind: String(at(manifest, 'kind')), manifest }]));
  };
  const renderAll = (...args: readonly string[]): readonly Manifest[] => renderChart(chart, ...args);
  return {
    run,
    renderChart,
    renderAll,
    /** The manifests by kind, without the headless service, dashboards and the like. */
    render: (...args: readonly string[]): ReadonlyMap<string, unknown> =>
      new Map(
        renderAll(...args)
          .filter(isUsual)
          .map(({ kind, manifest }) => [kind, manifest]),
      ),
    /** What helm says against the values; fails when it has nothing against them. */
    refusal: (...args: readonly string[]): string => {
      const { status, err } = template(chart, ...args);
      expect(status).not.toBe(0);
      return err;
    },
  };
};
