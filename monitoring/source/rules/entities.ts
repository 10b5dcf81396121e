import type { Kind } from '../kinds.ts';
import { INSTANCE_LABELS, type Site } from '../site.ts';

/** One value for each entity, whichever process exposes it. */
export const perEntity = (expr: string): string => `max without (${INSTANCE_LABELS}) (${expr})`;

/**
 * The last success or failure as far as it was scraped in the last 20 minutes. Restarting the exporter leaves a gap, and without
 * this an alert would resolve and fire again.
 */
export const lastEnd = (site: Site, kind: Kind, what: 'failure' | 'success', offset = ''): string =>
  perEntity(`max_over_time(${site.select(kind.metric(`last_${what}_timestamp_seconds`))}[20m]${offset})`);

/** An entity in the texts of an alert, by its labels: job {{ $labels.job_name }}. */
export const named = ({ words, labelNames }: Kind): string =>
  [words.one, labelNames.map(label => `{{ $labels.${label} }}`).join('/')].join(' ').trimEnd();

/** What AWS calls the runs of a kind even if they failed, as the end of a sentence about some of them. */
export const despiteStatus = ({ misleadingStatus }: Kind, whose: 'its runs' | 'it'): string =>
  misleadingStatus === undefined ? '' : `, whatever status AWS gave ${whose} (usually ${misleadingStatus})`;
