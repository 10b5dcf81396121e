import { isOfAccount } from '../collectors/collector.ts';
import { collectors } from '../collectors/index.ts';
import type { KnownNames } from '../config/config.ts';
import { OWN_TARGET_LABELS } from '../metrics/telemetry.ts';

/** The names that a config is checked against. */
export const knownNames: KnownNames = {
  collectors: collectors.map(({ name, isDefault, tagOperation, labelNames, families }) => ({
    name,
    isDefault,
    hasFilter: !isOfAccount({ labelNames }),
    tagFilter: tagOperation !== undefined,
    families: families.map(family => family.name),
    lean: families.filter(family => family.isLean).map(family => family.name),
    labels: [...labelNames, ...families.flatMap(family => family.labelNames)],
  })),
  labels: new Set(['job', 'instance', 'aws_account_id', 'aws_region', ...OWN_TARGET_LABELS]),
};
