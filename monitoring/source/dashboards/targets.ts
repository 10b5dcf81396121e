import { capitalized, KINDS } from '../kinds.ts';
import { promql } from '../rules/rule.ts';
import { AGE, AGE_OF_LIMIT, OLD, PLACE } from './freshness.ts';
import { toPlace } from './links.ts';
import { type PanelBuilder, stat } from './panels.ts';
import { asRead, type Select } from './scope.ts';
import { table } from './table.ts';
import { NONE_IS_GOOD } from './theme.ts';

/* Which accounts and regions are read, and by which collectors. */

const COLLECTORS_UP = asRead('aws_glue_exporter_collector_up');

export const unreadNow = (): PanelBuilder =>
  stat({
    title: 'Not read',
    description:
      'Accounts and regions in which the last poll of a collector failed: access, credentials, network or throttling. See the collectors that are down and the failures by reason below, and the log of the exporter.',
    unit: 'short',
    width: 4,
    height: 4,
    filled: true,
    thresholds: NONE_IS_GOOD,
    noValue: 'no exporter',
    queries: [{ expr: `sum(min by (${PLACE}) (${COLLECTORS_UP}) == bool 0)`, legend: '' }],
  });

/** 0 where nothing can be read, 1 where a collector fails, 2 where all is well. */
export const readOf = (select: Select): string =>
  ['target', 'collector'].map(what => `min by (${PLACE}) (${select(`aws_glue_exporter_${what}_up`)})`).join(' + ');

export const READ_TEXTS = {
  '0': { text: 'fails', color: 'red' },
  '1': { text: 'in part', color: 'orange' },
  '2': { text: 'yes', color: 'green' },
} as const;

const entities = (collector: string): string =>
  `sum by (${PLACE}) (${asRead('aws_glue_exporter_entities', `collector="${collector}"`)})`;

export const targets = (): PanelBuilder =>
  table({
    title: 'Accounts and regions',
    description:
      'How well each account and region is read: whether the last poll met no failure in any collector, what it found, how old the oldest data is and may be, how long the last poll took, how many requests may be sent and what part of them was.',
    width: 24,
    height: 8,
    noValue: '',
    columns: [
      { title: 'Account', from: { label: 'aws_account_id' }, links: [toPlace], width: 130 },
      { title: 'Region', from: { label: 'aws_region' }, links: [toPlace], width: 120 },
      {
        title: 'Read',
        unit: 'short',
        from: { expr: readOf(asRead) },
        look: 'colored',
        texts: READ_TEXTS,
        width: 80,
      },
      ...KINDS.map(({ collector, words: { many } }) => ({
        title: capitalized(many),
        unit: 'short',
        from: { expr: entities(collector) },
        width: 90,
      })),
      { title: 'Oldest data', from: { expr: `max by (${PLACE}) (${AGE})` }, unit: 's' },
      {
        title: 'Of its limit',
        from: {
          expr: promql`
            max by (${PLACE}) (
              ${AGE_OF_LIMIT}
            )
          `,
        },
        unit: 'percentunit',
        decimals: 0,
        look: 'colored',
        thresholds: OLD,
      },
      {
        title: 'Last complete poll',
        from: {
          expr: `1000 * min by (${PLACE}) (${asRead('aws_glue_exporter_last_successful_poll_timestamp_seconds')})`,
        },
        unit: 'dateTimeFromNow',
      },
      {
        title: 'Last poll took',
        from: { expr: `max by (${PLACE}) (${asRead('aws_glue_exporter_poll_duration_seconds')})` },
        unit: 's',
      },
      {
        title: 'Requests allowed',
        from: { expr: `sum by (${PLACE}) (${asRead('aws_glue_exporter_api_budget_requests_per_second')})` },
        unit: 'reqps',
      },
      {
        title: 'Of them sent',
        from: { expr: `max by (${PLACE}) (${asRead('aws_glue_exporter_api_budget_used_ratio')})` },
        unit: 'percentunit',
        decimals: 0,
        look: 'bar',
      },
    ],
    sortBy: 'Of its limit',
  });

export const collectorsDown = (): PanelBuilder =>
  table({
    title: 'Collectors that are down',
    description:
      'Collectors whose last poll failed, what they found before, and when one of their polls last succeeded. A permission that is missing is the usual cause.',
    width: 24,
    height: 5,
    noValue: '',
    columns: [
      { title: 'Account', from: { label: 'aws_account_id' }, links: [toPlace], width: 130 },
      { title: 'Region', from: { label: 'aws_region' }, links: [toPlace], width: 120 },
      { title: 'Collector', from: { label: 'collector' }, width: 120 },
      {
        title: 'Read',
        unit: 'short',
        from: { expr: `min by (${PLACE}, collector) (${COLLECTORS_UP}) == 0` },
        look: 'colored',
        texts: { '0': READ_TEXTS['0'] },
        width: 80,
      },
      {
        title: 'Entities',
        unit: 'short',
        from: { expr: `sum by (${PLACE}, collector) (${asRead('aws_glue_exporter_entities')})` },
        width: 90,
      },
      {
        title: 'Last complete poll',
        from: {
          expr: `1000 * min by (${PLACE}, collector) (${asRead('aws_glue_exporter_last_successful_poll_timestamp_seconds')})`,
        },
        unit: 'dateTimeFromNow',
      },
    ],
    sortBy: 'Last complete poll',
    order: 'smallest first',
    only: 'Read',
  });
