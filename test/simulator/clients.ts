import { GlueClient } from '@aws-sdk/client-glue';
import { STSClient } from '@aws-sdk/client-sts';
import { afterEach } from 'vitest';
import { type Simulator, type SimulatorOptions, startSimulator } from '../../src/simulator/server.ts';

const credentials = { accessKeyId: 'AKIATESTTESTTESTTEST', secretAccessKey: 'secret' };
const region = 'eu-west-1';

/** 2026-03-01T12:00:00Z. */
export const noon = 1_772_366_400;

const cleanups: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A simulator that stands at noon unless told otherwise and ends with the test. */
export const simulate = async (options: SimulatorOptions): Promise<Simulator> => {
  const simulator = await startSimulator({ clock: () => noon, ...options });
  cleanups.push(() => simulator.close());
  return simulator;
};

type GlueOptions = NonNullable<ConstructorParameters<typeof GlueClient>[0]>;

/** The real client; it tries once, so that tests see what was answered. */
export const glueClient = (simulator: Simulator, options: GlueOptions = {}): GlueClient => {
  const client = new GlueClient({ endpoint: simulator.endpoint, region, credentials, maxAttempts: 1, ...options });
  cleanups.push(() => client.destroy());
  return client;
};

export const stsClient = (simulator: Simulator): STSClient => {
  const client = new STSClient({ endpoint: simulator.endpoint, region, credentials, maxAttempts: 1 });
  cleanups.push(() => client.destroy());
  return client;
};

/** Collects the items of all pages; fails after too many. */
export const allPages = async <T>(
  read: (token: string | undefined) => Promise<{ items: readonly T[] | undefined; token: string | undefined }>,
): Promise<{ items: T[]; pages: number }> => {
  const items: T[] = [];
  let token: string | undefined;
  for (let pages = 1; pages <= 2000; pages += 1) {
    const page = await read(token);
    items.push(...(page.items ?? []));
    token = page.token;
    if (token === undefined) return { items, pages };
  }
  throw new Error('the pages do not end');
};

/** An item that must be there. */
export const present = <T>(value: T | undefined): T => {
  if (value === undefined) throw new Error('missing');
  return value;
};
