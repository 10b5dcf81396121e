import { newExchange, type SignedRequest, type WholeAnswer, type Wire } from './wire.ts';

/** A request of the SDK; those of SSO have a query. */
interface SdkRequest extends SignedRequest {
  readonly query?: Readonly<Record<string, string | readonly string[] | null>> | undefined;
}

/** The part of a client's options that sends what the client asks over a wire, and not over one of its own. */
export const requestHandlerOver = (wire: Wire) => ({
  metadata: { handlerProtocol: 'http/1.1' },
  async handle(
    request: SdkRequest,
    { abortSignal }: { readonly abortSignal?: AbortSignal | object | undefined } = {},
  ): Promise<{ response: WholeAnswer }> {
    const exchange = newExchange();
    if (abortSignal instanceof AbortSignal) {
      abortSignal.addEventListener('abort', () => {
        exchange.isOver = true;
        exchange.cut();
      });
      exchange.isOver = abortSignal.aborted;
    }
    return { response: await wire.send({ ...request, path: pathOf(request) }, exchange) };
  },
  destroy: wire.close,
});

const pathOf = ({ path, query = {} }: SdkRequest): string => {
  const parts = Object.entries(query).flatMap(([name, value]) =>
    [value ?? ''].flat().map(one => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  );
  return parts.length === 0 ? path : `${path}?${parts.join('&')}`;
};
