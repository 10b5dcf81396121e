import { type AnyCollector, isOfAccount } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import type { KnownNames } from '../config/config.ts';
import { OWN_TARGET_LABELS } from '../metrics/telemetry.ts';

/** What a config may name of a collector. */
export const namesOf = ({
  name,
  isDefault,
  tagOperation,
  labelNames,
  families,
}: AnyCollector): KnownNames['collectors'][number] => ({
  name,
  isDefault,
  hasFilter: !isOfAccount({ labelNames }),
  tagFilter: tagOperation !== undefined,
  families: families.map(family => family.name),
  lean: families.filter(family => family.isLean).map(family => family.name),
  labels: [...labelNames, ...families.flatMap(family => family.labelNames)],
});

/** The names that a config is checked against. */
export const knownNames: KnownNames = {
  collectors: collectors.map(namesOf),
  labels: new Set(['job', 'instance', 'aws_account_id', 'aws_region', ...OWN_TARGET_LABELS]),
};
