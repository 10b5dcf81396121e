import { remedyFor } from '../glue/remedy.ts';
import type { CollectorFinding, PermissionFinding, Remark, Route, TargetFinding } from './findings.ts';
import { counted, inTime, rough, whole } from './words.ts';

/** Whether a target has a problem, something that keeps it from being collected in full. */
export const hasProblem = (finding: TargetFinding): boolean =>
  finding.problems.length > 0 || permissionsOf(finding).some(isProblem);

const permissionsOf = ({ permissions, collectors }: TargetFinding): readonly PermissionFinding[] => [
  ...permissions,
  ...collectors.flatMap(collector => collector.permissions),
];

const isProblem = ({ state, isOptional }: PermissionFinding): boolean =>
  !isOptional && state !== 'ok' && state !== 'untried';

/** What its series will be, as far as it could be found out. */
const seriesOf = ({ collectors }: TargetFinding): number => collectors.reduce((sum, { series = 0 }) => sum + series, 0);

/** What its entities take of series.limit. */
export const reservedSeriesOf = ({ collectors }: TargetFinding): number =>
  collectors.reduce((sum, { reservedSeries }) => sum + reservedSeries, 0);

export const requestsPerMinuteOf = ({ forecast }: TargetFinding): number =>
  forecast === undefined ? 0 : forecast.readingPerMinute + forecast.listingPerMinute;

/** A block of text on one target, with an empty line at its end. */
export const reportOn = (finding: TargetFinding, number: number, of: number): string => {
  const { region, accountId = 'an account not known', collectors } = finding;
  const lines = [
    `Target ${number} of ${of}: ${region} of ${accountId}: ${hasProblem(finding) ? 'PROBLEM' : 'ok'}`,
    ...(finding.arn === undefined ? [] : [line('credentials', `ok: ${finding.arn}`)]),
    ...finding.routes.map(routeLine),
    ...labelLines(finding),
    ...permissionsOf(finding).flatMap(permissionLines),
    ...foundLines(collectors),
    ...requestLines(finding),
    ...seriesLines(collectors),
    ...finding.problems.flatMap(remark => remarkLines('PROBLEM', remark)),
    ...finding.notes.flatMap(remark => remarkLines('note', remark)),
  ];
  return `${lines.map(printable).join('\n')}\n\n`;
};

/** The last words on all targets. */
export const verdictOn = (findings: readonly TargetFinding[], limit: number): string => {
  const all = counted(findings.length, 'target');
  const bad = findings.filter(hasProblem).length;
  const series = sum(findings.map(seriesOf));
  const verdict =
    bad === 0
      ? `${all}, and no problem`
      : `${all}, and ${bad === findings.length && bad > 1 ? 'all have' : `${bad} ${bad === 1 ? 'has' : 'have'}`} a problem`;
  const found = `about ${whole(series)} series and ${whole(sum(findings.map(requestsPerMinuteOf)))} requests a minute in all`;
  const reserved = sum(findings.map(reservedSeriesOf));
  const tooMany =
    reserved > limit
      ? [
          `PROBLEM: series.limit is ${whole(limit)}, and room for ${whole(reserved)} series is needed: some ${kindsOf(findings)} will not be exposed; raise it, or filter`,
        ]
      : [];
  return `${[...tooMany, `${verdict}; ${found}.`].join('\n')}\n`;
};

/** "jobs or workflows" */
const kindsOf = (findings: readonly TargetFinding[]): string =>
  [...new Set(findings.flatMap(({ collectors }) => collectors.map(({ words }) => words.many)))].join(' or ');

const INDENT = '  ';
const COLUMN = 13;

/** What it is, in a column of its own, and what there is to say of it. */
const line = (what: string, text: string): string => `${INDENT}${what.padEnd(COLUMN)}${text}`;

const STATES: Readonly<Record<PermissionFinding['state'], string>> = {
  ok: 'ok',
  missing: 'MISSING',
  partly: 'IN PART',
  failed: 'FAILED',
  untried: 'not tried',
};

const permissionLines = ({ action, state, failure, cost, isOptional }: PermissionFinding): readonly string[] => {
  if (failure === undefined) return [line(STATES[state], action)];
  const costs: Readonly<Record<PermissionFinding['state'], string>> = {
    ok: '',
    missing: isOptional ? ` (optional: ${cost})` : `, which costs ${cost}`,
    partly: ', denied for some of those that were tried, which costs their metrics',
    failed: '',
    untried: '',
  };
  return [
    line(STATES[state], `${action}${costs[state]}`),
    // The operation is named already.
    line('', failure.message.replace(`${failure.operation}: `, '')),
    line('', `→ ${remedyFor(failure)}`),
  ];
};

const routeLine = ({ proxy, hosts }: Route): string => line('proxy', `${proxy ?? 'none'} for ${hosts.join(', ')}`);

const remarkLines = (kind: string, { text, remedy }: Remark): readonly string[] => [
  line(kind, text),
  ...(remedy === undefined ? [] : [line('', `→ ${remedy}`)]),
];

const labelLines = ({ labels = {} }: TargetFinding): readonly string[] => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? [] : [line('labels', pairs.join(', '))];
};

const foundLines = (collectors: readonly CollectorFinding[]): readonly string[] => {
  const found = collectors.flatMap(({ words: { many }, isOfAccount, listed, admitted, isPartial }) => {
    if (isOfAccount || listed === undefined || admitted === undefined) return [];
    const number = listed === admitted ? whole(admitted) : `${whole(admitted)} of ${whole(listed)}`;
    return [`${isPartial ? 'at least ' : ''}${number} ${many}`];
  });
  return found.length === 0 ? [] : [line('found', found.join(', '))];
};

const requestLines = (finding: TargetFinding): readonly string[] => {
  const { forecast, requestsPerSecond, intervalSeconds } = finding;
  if (forecast === undefined) return [];
  const { readingPerMinute, listingPerMinute, fits, ageLimitSeconds } = forecast;
  const parts = `${rough(readingPerMinute)} for runs, ${rough(listingPerMinute)} for lists`;
  const total = rough(requestsPerMinuteOf(finding));
  const allowed = `${whole(requestsPerSecond * 60)} a minute are allowed`;
  return [
    line('requests', `about ${total} a minute expected: ${parts}; ${allowed}`),
    ...(fits
      ? []
      : [
          line(
            '',
            `not everything is read with every poll (${inTime(intervalSeconds)}), but within ${inTime(ageLimitSeconds)} at the latest`,
          ),
          line('', '→ raise aws.requests_per_second with care, poll.timeout or poll.interval, or filter'),
        ]),
  ];
};

const seriesLines = (collectors: readonly CollectorFinding[]): readonly string[] => {
  const known = collectors.filter(({ series }) => series !== undefined);
  if (known.length === 0) return [];
  const parts = known.map(({ words, series = 0 }) => `${whole(series)} of ${words.many}`);
  const unknown = collectors
    .filter(({ series }) => series === undefined)
    .map(({ words }) => `those of ${words.many} are not known`);
  return [
    line(
      'series',
      `about ${whole(sum(known.map(({ series = 0 }) => series)))} expected: ${[...parts, ...unknown].join(', ')}`,
    ),
  ];
};

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** What comes from elsewhere must not reach a terminal's controls. */
const printable = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]/gu, '?');
