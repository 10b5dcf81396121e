/** Regions with these prefixes have a console domain of their own. The region's name comes before the domain, as for all others. */
const CONSOLES: readonly (readonly [prefix: string, domain: string])[] = [
  ['cn-', 'console.amazonaws.cn'],
  ['us-gov-', 'console.amazonaws-us-gov.com'],
  ['eusc-', 'console.amazonaws-eusc.eu'],
];

/**
 * The page of the AWS console for an entity, or for one of its runs where the console has such a page. AWS documents no such address:
 * they are copied from the console's own links.
 */
export type ConsoleLink = (region: string, name: string, runId?: string) => string;

/** The address of a page of a region's console: `app` is gluestudio or glue, `path` is what follows the `#`. */
export const consoleUrl = (region: string, app: string, path: string): string => {
  const [, domain = 'console.aws.amazon.com'] = CONSOLES.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return `https://${encoded(region)}.${domain}/${app}/home?region=${encoded(region)}#${path}`;
};

/** A name as one segment of a path. Half a surrogate pair, which JSON can hold, makes encodeURIComponent alone throw. */
export const encoded = (name: string): string => encodeURIComponent(Buffer.from(name).toString());
