/** Regions whose names begin so have a console of their own; `<region>.` comes before it, as before that of all others. */
const CONSOLES: readonly (readonly [prefix: string, domain: string])[] = [
  ['cn-', 'console.amazonaws.cn'],
  ['us-gov-', 'console.amazonaws-us-gov.com'],
  ['eusc-', 'console.amazonaws-eusc.eu'],
];

/**
 * The page of the AWS console that shows a job or workflow, or one run of it where there is such a page. AWS documents none of
 * these; they are what the console itself links to.
 */
export type ConsoleLink = (region: string, name: string, runId?: string) => string;

/** A job's runs, or the details of one of them. */
export const jobInConsole: ConsoleLink = (region, name, runId) =>
  inConsole(
    region,
    'gluestudio',
    runId === undefined ? `/editor/job/${encoded(name)}/runs` : `/job/${encoded(name)}/run/${encoded(runId)}`,
  );

/** A workflow. Its runs have no page of their own: they are a tab of it. */
export const workflowInConsole: ConsoleLink = (region, name) =>
  inConsole(region, 'glue', `/v2/etl-configuration/workflows/view/${encoded(name)}`);

const inConsole = (region: string, service: string, place: string): string => {
  const [, domain = 'console.aws.amazon.com'] = CONSOLES.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return `https://${encoded(region)}.${domain}/${service}/home?region=${encoded(region)}#${place}`;
};

/** encodeURIComponent throws at half a character, which JSON can hold. */
const encoded = (text: string): string => encodeURIComponent(Buffer.from(text).toString());
