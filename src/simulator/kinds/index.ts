import { jobs } from './jobs.ts';
import type { WireKind } from './kind.ts';
import { workflows } from './workflows.ts';

/** Every kind that the simulated worlds have. A new one is one line here. */
export const kindsByName = { jobs, workflows } as const;

export type KindName = keyof typeof kindsByName;

export const kinds: readonly WireKind[] = Object.values(kindsByName);
