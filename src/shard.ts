import { hash } from 'node:crypto';

/** One of several exporters that have the same configuration and share the jobs and workflows between them. */
export interface Shard {
  /** From 0 on. */
  readonly ordinal: number;
  readonly shards: number;
}

/** The only exporter there is. */
export const WHOLE: Shard = Object.freeze({ ordinal: 0, shards: 1 });

/** 2/4: the third of four. */
export const formatShard = ({ ordinal, shards }: Shard): string => `${ordinal}/${shards}`;

/** What formatShard has written; undefined for anything else. */
export const parseShard = (text: string): Shard | undefined => {
  const [, ordinal, shards] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  return ordinal === undefined || shards === undefined
    ? undefined
    : { ordinal: Number(ordinal), shards: Number(shards) };
};

/** Whether a shard takes a job or workflow. With one more shard, each keeps all but one in (shards + 1) of what it had. */
export const takes = (
  { ordinal, shards }: Shard,
  { accountId, region }: { readonly accountId: string; readonly region: string },
  collector: string,
  name: string,
): boolean => shards === 1 || jumpHash(hash64(`${accountId}/${region}/${collector}/${name}`), shards) === ordinal;

/** Spreads names evenly over 0 to 1, always the same. */
export const spread = (name: string): number => Number(hash64(name)) / 2 ** 64;

const hash64 = (text: string): bigint => BigInt(`0x${hash('sha256', text).slice(0, 16)}`);

/**
 * The bucket of a key, 0 to buckets − 1: the jump consistent hash of Lamping and Veach, https://arxiv.org/abs/1406.2294.
 * The key is 64 bits, without a sign.
 */
export const jumpHash = (key: bigint, buckets: number): number => {
  let state = key;
  let bucket = 0;
  for (let next = 0; next < buckets; ) {
    bucket = next;
    state = BigInt.asUintN(64, state * 2862933555777941757n + 1n);
    next = Math.floor((bucket + 1) * (2 ** 31 / (Number(state >> 33n) + 1)));
  }
  return bucket;
};
