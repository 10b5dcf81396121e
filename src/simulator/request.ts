import type { IncomingMessage } from 'node:http';
import { ApiError } from './api-error.ts';
import { containerPath } from './container.ts';
import { type KnownOperation, namingMember } from './kinds/known-operation.ts';

/** A request, as far as it can be understood without knowing the worlds. */
export interface Question {
  readonly service: 'glue' | 'sts' | 'container';
  readonly operation: string;
  /** What Glue's operation is; undefined for one that no kind has. */
  readonly known: KnownOperation | undefined;
  /** What Glue is asked; undefined when it is not JSON. */
  readonly input: unknown;
  /** What STS is asked. */
  readonly form: URLSearchParams;
  /** The entities or roles that it names. */
  readonly entities: readonly string[];
  /** Whether it asks for a further page. */
  readonly goesOn: boolean;
}

const bodyLimitBytes = 1024 * 1024;

/** The whole body of a request; throws ApiError when it is too large. */
export const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > bodyLimitBytes) throw new ApiError('RequestEntityTooLargeException', 'The request is too large', 413);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
};

export const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

const parsed = (body: string): unknown => {
  try {
    return JSON.parse(body === '' ? '{}' : body);
  } catch {
    return undefined;
  }
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const stsQuestion = (form: URLSearchParams): Question => ({
  service: 'sts',
  operation: form.get('Action') ?? 'unknown',
  known: undefined,
  input: undefined,
  form,
  entities: form.getAll('RoleArn'),
  goesOn: false,
});

const glueQuestion = (operation: string, known: KnownOperation | undefined, input: unknown): Question => {
  const members = isRecord(input) ? input : {};
  const member = known === undefined ? undefined : namingMember(known.operation);
  return {
    service: 'glue',
    operation,
    known,
    input,
    form: new URLSearchParams(),
    entities: member === undefined ? [] : [members[member]].flat().filter(isText),
    goesOn: isText(members.NextToken),
  };
};

const containerQuestion: Question = {
  service: 'container',
  operation: 'GetContainerCredentials',
  known: undefined,
  input: undefined,
  form: new URLSearchParams(),
  entities: [],
  goesOn: false,
};

/** Whether a request is AWS's to answer, and not one of the control paths. */
export const isQuestion = ({ method, url }: IncomingMessage): boolean =>
  (method === 'POST' && url === '/') || (method === 'GET' && url === containerPath);

/** Glue names the operation in a header, STS in the form, containers with the path. */
export const questionOf = (
  request: IncomingMessage,
  body: string,
  operations: ReadonlyMap<string, KnownOperation>,
): Question => {
  if (request.method === 'GET') return containerQuestion;
  if (headerOf(request, 'content-type')?.startsWith('application/x-www-form-urlencoded')) {
    return stsQuestion(new URLSearchParams(body));
  }
  const operation = /^AWSGlue\.(\w+)$/.exec(headerOf(request, 'x-amz-target') ?? '')?.[1] ?? 'unknown';
  return glueQuestion(operation, operations.get(operation), parsed(body));
};
