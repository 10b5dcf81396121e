import { Agent, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds from a request to the last byte of its answer. */
export interface Latency {
  readonly scrapes: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

/** What is scraped. */
export interface Scraped {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The one that all share, with one connection, unless given. */
  readonly agent?: Agent;
  /** Whether an answer may be other than 200, such as that of an exporter that is not ready. */
  readonly anyStatus?: boolean;
}

const oneConnection = new Agent({ keepAlive: true, maxSockets: 1 });

/** Scrapes once; the bytes are only counted, or kept when they are asked for. */
export const scrape = (
  { url, headers, agent = oneConnection, anyStatus = false }: Scraped,
  keep?: Buffer[],
): Promise<{ ms: number; bytes: number }> =>
  new Promise((resolve, reject) => {
    const startedAt = performance.now();
    get(url, { agent, headers }, response => {
      let bytes = 0;
      response.on('data', (data: Buffer) => {
        bytes += data.length;
        keep?.push(data);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200 && !anyStatus) reject(new Error(`${url} answered ${response.statusCode}`));
        else resolve({ ms: performance.now() - startedAt, bytes });
      });
    }).on('error', reject);
  });

/** Scrapes several things in turn, so that a noisy machine is noisy for all of them. */
export const compareScrapes = async (
  scraped: readonly Scraped[],
  rounds: number,
  pauseMs: number,
): Promise<readonly Latency[]> => {
  const times = scraped.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, one] of scraped.entries()) {
      const { ms } = await scrape(one);
      times[index]?.push(ms);
      await pause(pauseMs);
    }
  }
  return times.map(latencyOf);
};

export const latencyOf = (times: readonly number[]): Latency => {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { scrapes: sorted.length, p50: at(0.5), p99: at(0.99), longest: at(1) };
};
