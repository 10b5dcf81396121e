import type { AnyCollector } from './collector.ts';
import { jobs } from './jobs/jobs.ts';
import { workflows } from './workflows/workflows.ts';

/** Every collector. A new one is one line here. */
export const collectors: readonly AnyCollector[] = [jobs, workflows];
