import { type Handlers, type ServiceName, serviceCodecs } from '#proto/service.ts';
import { ShimError } from '../errors.ts';
import type { TtrpcContext, TtrpcHandler } from './server-session.ts';

/** A handler over decoded messages, its types checked by the service's {@link Handlers}. */
type AnyHandler = (request: unknown, context: TtrpcContext) => Promise<unknown>;

interface AnyMethod {
  readonly request: { decode(bytes: Uint8Array): unknown };
  readonly response: { encode(message: unknown): Uint8Array };
}

/** Puts typed handlers behind the bytes of ttrpc, for the `services` of a TtrpcServer. */
export function ttrpcService<Name extends ServiceName>(
  name: Name,
  handlers: Handlers<Name, TtrpcContext>,
): Readonly<Record<string, TtrpcHandler>> {
  const codecs = serviceCodecs(name) as Readonly<Record<string, AnyMethod>>;
  const entries = Object.entries(handlers as Readonly<Record<string, AnyHandler>>);
  return Object.fromEntries(
    entries.flatMap(([method, handler]) => {
      const types = codecs[method];
      return types ? [[method, adapt(method, types, handler)]] : [];
    }),
  );
}

function adapt(method: string, { request, response }: AnyMethod, handler: AnyHandler): TtrpcHandler {
  return async (payload, context) => {
    let message: unknown;
    try {
      message = request.decode(payload);
    } catch (cause) {
      throw new ShimError('invalid-argument', `Cannot decode the request of ${method}: ${String(cause)}`, {
        cause,
      });
    }
    return response.encode(await handler(message, context));
  };
}
