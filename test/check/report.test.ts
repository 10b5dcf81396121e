import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { CollectorFinding, PermissionFinding, TargetFinding } from '../../src/check/findings.ts';
import { hasProblem, reportOn, verdictOn } from '../../src/check/report.ts';
import { counted, inTime, rough, whole } from '../../src/check/words.ts';
import { GlueError } from '../../src/glue/reason.ts';

const arn = 'arn:aws:sts::111122223333:assumed-role/glue-exporter/aws-glue-exporter';
const well = (action: string): PermissionFinding => ({
  action,
  state: 'ok',
  isOptional: false,
  failure: undefined,
  cost: '',
});

const workflows: CollectorFinding = {
  words: { one: 'workflow', many: 'workflows' },
  isOfAccount: false,
  permissions: ['glue:ListWorkflows', 'glue:BatchGetWorkflows', 'glue:GetWorkflowRuns', 'glue:GetWorkflowRun'].map(
    well,
  ),
  listed: 12,
  admitted: 12,
  series: 461,
  reservedSeries: 552,
  isPartial: false,
  work: { listingRequests: 2, isListedEachPoll: false, requestsPerEntity: 1, feedRequests: 0 },
  failure: undefined,
};

const denied: CollectorFinding = {
  words: { one: 'job', many: 'jobs' },
  isOfAccount: false,
  permissions: [
    {
      action: 'glue:GetJobs',
      state: 'missing',
      failure: new GlueError(
        'GetJobs',
        'access_denied',
        `AccessDeniedException: ${arn} is not authorized to perform: glue:GetJobs`,
      ),
      cost: 'all metrics of jobs (aws_glue_job_*)',
      isOptional: false,
    },
    well('glue:GetJobRuns'),
    well('glue:GetJobRun'),
  ],
  listed: undefined,
  admitted: undefined,
  series: undefined,
  reservedSeries: 0,
  isPartial: false,
  work: { listingRequests: 1, isListedEachPoll: false, requestsPerEntity: 1, feedRequests: 0 },
  failure: undefined,
};

const target: TargetFinding = {
  region: 'eu-west-1',
  accountId: '111122223333',
  arn,
  labels: {},
  permissions: [well('sts:AssumeRole')],
  collectors: [workflows],
  routes: [],
  problems: [],
  notes: [],
  forecast: { readingPerMinute: 12, listingPerMinute: 1 / 3, fits: true, ageLimitSeconds: 110 },
  requestsPerSecond: 10,
  intervalSeconds: 60,
};

describe('the report on a target', () => {
  test('is what docs/aws-permissions.md shows', () => {
    const page = readFileSync(new URL('../../docs/aws-permissions.md', import.meta.url), 'utf8');
    const [, shown] = /^```\n(Target .*?)^```/ms.exec(page) ?? [];
    expect(reportOn({ ...target, collectors: [denied, workflows] }, 1, 5)).toBe(`${shown}\n`);
  });

  test('has the constant labels of its series, filled in', () => {
    const labels = { account_name: 'production', place: '111122223333/eu-west-1' };
    expect(reportOn({ ...target, labels }, 1, 1)).toContain(
      '  labels       account_name="production", place="111122223333/eu-west-1"\n',
    );
  });

  test('says what a budget that is too small does to the age of what is shown', () => {
    const forecast = { readingPerMinute: 508, listingPerMinute: 5, fits: false, ageLimitSeconds: 3_710 };
    expect(reportOn({ ...target, forecast }, 1, 1)).toContain(
      'not everything is read with every poll (60s), but within 62m at the latest\n',
    );
  });

  test('has the parts that filters leave, and what is wrong beside permissions', () => {
    const remarks = { problems: [{ text: 'it is broken', remedy: 'mend it' }], notes: [{ text: 'it rains' }] };
    const text = reportOn({ ...target, ...remarks, collectors: [{ ...workflows, listed: 20 }] }, 2, 2);
    expect(text).toContain('  found        12 of 20 workflows\n');
    expect(text).toContain('  PROBLEM      it is broken\n               → mend it\n  note         it rains\n');
    expect(text).toMatch(/^Target 2 of 2: eu-west-1 of 111122223333: PROBLEM\n/);
  });

  test('uses the words of a collector, and says where there can be more entities', () => {
    const words = { one: 'data quality check', many: 'data quality checks' };
    const feed = { ...workflows, words, listed: 20, admitted: 12, isPartial: true };
    const text = reportOn({ ...target, collectors: [feed, { ...workflows, series: undefined }] }, 1, 1);
    expect(text).toContain('  found        at least 12 of 20 data quality checks, 12 workflows\n');
    expect(text).toContain(' expected: 461 of data quality checks, those of workflows are not known\n');
    expect(verdictOn([{ ...target, collectors: [feed, workflows, workflows] }], 1)).toContain(
      ': some data quality checks or workflows will not be exposed; ',
    );
  });

  test('does not count the account as a whole', () => {
    const sessions = {
      ...workflows,
      words: { one: 'session', many: 'sessions' },
      isOfAccount: true,
      listed: 1,
      admitted: 1,
    };
    const text = reportOn({ ...target, collectors: [sessions, workflows] }, 1, 1);
    expect(text).toContain('  found        12 workflows\n');
    expect(text).toContain(' expected: 461 of sessions, 461 of workflows\n');
    expect(reportOn({ ...target, collectors: [sessions] }, 1, 1)).not.toContain('found');
  });

  test('keeps what AWS says away from the controls of a terminal', () => {
    const text = reportOn({ ...target, problems: [{ text: 'red\u001b[31m\u009bm\r\nnew\u2028line' }] }, 1, 1);
    expect(text).toContain('PROBLEM      red?[31m?m??new?line\n');
  });

  test('counts a permission that was not tried as no problem of its own', () => {
    const untried: PermissionFinding = { ...well('glue:GetJobs'), state: 'untried' };
    expect(hasProblem({ ...target, permissions: [untried] })).toBe(false);
    expect(hasProblem({ ...target, collectors: [denied] })).toBe(true);
    expect(hasProblem({ ...target, problems: [{ text: 'x' }] })).toBe(true);
    expect(hasProblem({ ...target, notes: [{ text: 'x' }] })).toBe(false);
  });
});

describe('the verdict', () => {
  const bad = { ...target, collectors: [denied, workflows] };
  test.each([
    [[target], '1 target, and no problem; about 461 series and 12 requests a minute in all.\n'],
    [[target, bad], '2 targets, and 1 has a problem; about 922 series and 25 requests a minute in all.\n'],
    [[bad], '1 target, and 1 has a problem; about 461 series and 12 requests a minute in all.\n'],
    [[bad, bad], '2 targets, and all have a problem; about 922 series and 25 requests a minute in all.\n'],
    [[bad, bad, target], '3 targets, and 2 have a problem; about 1,383 series and 37 requests a minute in all.\n'],
  ])('counts targets, series and requests', (findings, text) => {
    expect(verdictOn(findings, 1_000_000)).toBe(text);
  });

  test('says when there are too many series', () => {
    expect(verdictOn([target], 552)).not.toContain('PROBLEM');
    expect(verdictOn([target], 551)).toMatch(/^PROBLEM: series\.limit is 551, and room for 552 series is needed/);
  });
});

test('numbers and times are told as people do', () => {
  expect([whole(1234.4), whole(0.4), rough(0.33), rough(9.94), rough(9.96), rough(3)]).toEqual([
    '1,234',
    '0',
    '0.3',
    '9.9',
    '10',
    '3',
  ]);
  expect([counted(1, 'target'), counted(1000, 'target')]).toEqual(['1 target', '1,000 targets']);
  expect([26.2, 119, 120, 3_710, 7_200, 86_400 * 3].map(inTime)).toEqual(['26s', '119s', '2m', '62m', '2h', '3d']);
});
