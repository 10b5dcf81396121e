import type { Format } from '../metrics/format.ts';

/** What a client takes, and how much it wants it. */
interface Range {
  readonly type: string;
  readonly version: string | undefined;
  readonly quality: number;
}

/** What is offered, the one first that is wanted when a client does not care. */
const OFFERS: readonly { readonly format: Format; readonly type: string; readonly version: string }[] = [
  { format: 'text', type: 'text/plain', version: '0.0.4' },
  { format: 'openmetrics', type: 'application/openmetrics-text', version: '1.0.0' },
];

/**
 * The format for a client's Accept header, by RFC 9110: the more specific range decides what a format is worth, then the format
 * that is worth more wins, or the one that is named and not only covered, or the one named first. Text format 0.0.4 when there is
 * no header or nothing in it that is offered, as Prometheus's own libraries have it. Parameters other than version and q do not count:
 * Prometheus 3 asks for an escaping of names that ours do not need.
 */
export const formatFor = (accept: string | undefined): Format => {
  const ranges = (accept ?? '').split(',').map(rangeOf);
  const worth = OFFERS.flatMap(({ format, type, version }) => {
    const matching = ranges.flatMap((range, place) => {
      const precision = precisionOf(range, type, version);
      return precision === undefined ? [] : [{ format, precision, place, quality: range.quality }];
    });
    return matching.sort((a, b) => b.precision - a.precision).slice(0, 1);
  });
  const [best] = worth
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || b.precision - a.precision || a.place - b.place);
  return best?.format ?? 'text';
};

const rangeOf = (text: string): Range => {
  const [type = '', ...parameters] = text.split(';').map(part => part.trim().toLowerCase());
  const values = new Map(
    parameters.map(parameter => {
      const [name = '', value = ''] = parameter.split('=').map(part => part.trim());
      return [name, value.replace(/^"(.*)"$/, '$1')];
    }),
  );
  const quality = Number(values.get('q') ?? 1);
  return { type, version: values.get('version'), quality: quality >= 0 && quality <= 1 ? quality : 0 };
};

/** How closely a range names an offer; undefined when it does not cover it. */
const precisionOf = (range: Range, type: string, version: string): number | undefined => {
  if (range.type === type && (range.version ?? version) === version) return range.version === undefined ? 2 : 3;
  if (range.type === `${type.split('/')[0]}/*`) return 1;
  return range.type === '*/*' ? 0 : undefined;
};
