import type { Kind } from '../kinds.ts';
import type { Site } from '../site.ts';
import { failingRules } from './failing.ts';
import { LATE_INTERVAL, lateRules, pastGroups } from './past.ts';
import type { Group, RuleFile } from './rule.ts';

/** The rules about one kind of entities that have runs: those that all kinds have, and more that only this one has. */
export const kindRules = (site: Site, kind: Kind, more: readonly Group[]): RuleFile => ({
  name: kind.collector,
  groups: [
    { name: `aws-glue-${kind.collector}`, rules: failingRules(site, kind) },
    { name: `aws-glue-${kind.collector}-late`, interval: LATE_INTERVAL, rules: lateRules(site, kind) },
    ...more,
    ...pastGroups(site, kind),
  ],
});
