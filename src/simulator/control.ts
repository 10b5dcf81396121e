import { type Fault, type FaultInjector, faultKinds, faultMistake } from './faults.ts';

const usage = (endpoint: string): string => `A simulated AWS account (Glue and STS).

It speaks AWS's protocol: use it as the endpoint of an SDK or of the AWS CLI, with any credentials:

  AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x aws glue get-jobs --endpoint-url ${endpoint} --region eu-west-1

Make it fail, and see what happens:

  curl -X POST '${endpoint}/_simulator/faults?kind=throttle&rate=0.5'
  curl -X POST '${endpoint}/_simulator/faults?kind=stall&rate=0.1&operation=GetJobRuns'
  curl -X POST '${endpoint}/_simulator/faults?kind=slow&delay=5&entity=etl-orders-hourly'
  curl -X POST '${endpoint}/_simulator/faults?kind=html_503&rate=0.1&skew=-3600'
  curl -X POST '${endpoint}/_simulator/faults?kind=late_fields&late=120&field=Statistics'
  curl -X DELETE ${endpoint}/_simulator/faults
  curl ${endpoint}/_simulator/faults

Kinds: ${faultKinds.join(', ')}

Seconds: delay (slow), skew (of the Date header, with any kind), inversion (inverted_pairs), late (late_fields), stale (stale_answer)
`;

export interface ControlAnswer {
  readonly status: number;
  readonly text: string;
}

/** Times of faults and what they are called in a query. */
const secondsNames = {
  skewSeconds: 'skew',
  inversionSeconds: 'inversion',
  lateSeconds: 'late',
  staleSeconds: 'stale',
} as const;

const secondsOf = (query: URLSearchParams): Partial<Record<keyof typeof secondsNames, number>> =>
  Object.fromEntries(
    Object.entries(secondsNames).flatMap(([field, name]) =>
      query.has(name) ? [[field, Number(query.get(name))]] : [],
    ),
  );

/** The fault that a query asks for, or what is wrong with it. */
const faultOf = (query: URLSearchParams): Fault | string => {
  const kind = faultKinds.find(known => known === query.get('kind'));
  if (kind === undefined) return `kind must be one of ${faultKinds.join(', ')}\n`;
  const rate = Number(query.get('rate') ?? 1);
  const operations = query.getAll('operation');
  const delaySeconds = Number(query.get('delay') ?? 1);
  if (!(delaySeconds >= 0 && delaySeconds <= 3600)) return 'delay must be seconds, at most 3600\n';
  const times = Number(query.get('times') ?? 1);
  if (!(Number.isInteger(times) && times >= 1)) return 'times must be a whole number from 1 on\n';
  const account = query.get('account');
  const entity = query.get('entity');
  const fields = query.getAll('field');
  const wrong = Object.values(secondsNames).find(name => query.has(name) && !Number.isFinite(Number(query.get(name))));
  if (wrong !== undefined) return `${wrong} must be seconds\n`;
  const fault: Fault = {
    kind,
    rate,
    ...(operations.length > 0 ? { operations } : {}),
    ...(account === null ? {} : { account }),
    ...(entity === null ? {} : { entity }),
    ...(fields.length > 0 ? { fields } : {}),
    ...(query.has('delay') ? { delaySeconds } : {}),
    ...(query.has('times') ? { times } : {}),
    ...secondsOf(query),
  };
  const mistake = faultMistake(fault);
  return mistake === undefined ? fault : `${mistake}\n`;
};

/** The few paths with which people at a terminal make the simulator misbehave. A fault of a kind replaces one of that kind. */
export const answerControl = (method: string, path: string, faults: FaultInjector, endpoint: string): ControlAnswer => {
  const [pathname, query] = path.split('?', 2);
  const list = () => `${JSON.stringify(faults.active())}\n`;
  switch (`${method} ${pathname}`) {
    case 'GET /':
    case 'GET /_simulator':
    case 'GET /_simulator/':
      return { status: 200, text: usage(endpoint) };
    case 'GET /_simulator/faults':
      return { status: 200, text: list() };
    case 'DELETE /_simulator/faults':
      faults.set([]);
      return { status: 200, text: list() };
    case 'POST /_simulator/faults': {
      const fault = faultOf(new URLSearchParams(query));
      if (typeof fault === 'string') return { status: 400, text: fault };
      faults.set([...faults.active().filter(({ kind }) => kind !== fault.kind), fault]);
      return { status: 200, text: list() };
    }
    default:
      return { status: 404, text: 'Not found; see /_simulator/\n' };
  }
};
