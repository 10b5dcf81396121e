import { GlueClient, type GlueClientConfig, HttpRequest, OPERATIONS } from './aws.ts';
import { isWireObject } from './fields.ts';
import type { Answer } from './glue.ts';
import type { Inputs, Operation } from './operations.ts';
import { requestHandlerOver } from './sdk-transport.ts';
import type { DateOfAnswer, Exchange, SignedRequest, WholeAnswer, Wire } from './wire.ts';

/** What is used of the SDK: credentials, endpoints, signatures, the clock of the signatures, and the reading of errors. */
export interface Sdk {
  readonly config: Pick<GlueClient['config'], 'region' | 'credentials'>;
  /** One request and its good answer, not checked at all; rejects as the SDK does. Nothing is tried again. */
  send<Name extends Operation>(operation: Name, input: Inputs[Name], exchange: Exchange): Promise<Answer>;
  destroy(): void;
}

const NOTHING = Buffer.alloc(0);

/** AWS's own answers carry it, what a proxy answers in its place does not: https://docs.aws.amazon.com/glue/latest/webapi/CommonErrors.html */
const REQUEST_ID = 'x-amzn-requestid';

/**
 * An answer as the SDK may see it. The SDK would sign by the Date of any answer, even one of a proxy, or a good one that is an hour
 * off. It needs the time only when AWS refuses its signature, so it gets the Date of refusals only.
 */
const withoutDate = (answer: WholeAnswer): WholeAnswer => {
  const { date: _, ...headers } = answer.headers;
  return { ...answer, headers };
};

/**
 * A client of the SDK that costs less than its default one (`npm run bench`). The default takes four timers for each request, resolves
 * its steps again and copies every field of an answer by a schema, although we check all that we keep. So requests go over our own
 * wire, and the SDK gets good answers without their bodies. It reads errors itself. `onRefusal` takes the date of each error that AWS
 * itself answered.
 */
export const connectSdk = (
  config: Pick<GlueClientConfig, 'region' | 'endpoint' | 'credentials' | 'profile' | 'useFipsEndpoint'>,
  wire: Wire,
  onRefusal: (date: DateOfAnswer) => void,
): Sdk => {
  /** The exchange of each call, by its input: the one object of ours that the SDK hands on through all its steps. */
  const exchanges = new WeakMap<object, Exchange>();
  const client = new GlueClient({
    ...config,
    // Retrying is done by our client, where each attempt has a deadline of its own and waits for the budget.
    maxAttempts: 1,
    // The steps of a command are the same each time. The SDK remembers them only where send() has no options, such as a signal.
    cacheMiddleware: true,
    requestHandler: requestHandlerOver(wire),
  });
  // The last step, in place of the request handler, which does not learn which call a request belongs to.
  client.middlewareStack.add(
    () =>
      async ({ input, request }) => {
        const exchange = exchanges.get(input);
        if (exchange === undefined || !HttpRequest.isInstance(request))
          throw new Error('the SDK sends a request that no call belongs to');
        return { response: await sendOver(wire, request, exchange, onRefusal) };
      },
    { step: 'deserialize', priority: 'low', name: 'sendOverWire' },
  );
  return {
    config: client.config,
    async send(operation, input, exchange) {
      // Its own for each attempt: one that was given up may still be on its way with the same input.
      const own = { ...input };
      exchanges.set(own, exchange);
      await OPERATIONS[operation].send(client, own);
      return objectIn(exchange.answer);
    },
    destroy: () => client.destroy(),
  };
};

/** Sends a request, and keeps what a good answer says in the exchange; the SDK gets all of an error, and of a good answer no body. */
const sendOver = async (
  wire: Wire,
  request: SignedRequest,
  exchange: Exchange,
  onRefusal: (date: DateOfAnswer) => void,
): Promise<WholeAnswer> => {
  const answer = await wire.send(request, exchange);
  const date: DateOfAnswer = { header: answer.headers.date, receivedAt: answer.receivedAt };
  if (answer.statusCode >= 300) {
    if (answer.headers[REQUEST_ID] === undefined) return withoutDate(answer);
    onRefusal(date);
    return answer;
  }
  exchange.answer = answer.body.toString();
  exchange.date = date;
  return { ...withoutDate(answer), body: NOTHING };
};

/** An empty body, or JSON that is no object, is an answer in which everything is missing; what is no JSON throws a SyntaxError. */
const objectIn = (body: string): Answer => {
  if (body === '') return {};
  const value: unknown = JSON.parse(body);
  return isWireObject(value) ? value : {};
};
