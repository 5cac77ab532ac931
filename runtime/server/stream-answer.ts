import type { ServerResponse } from 'node:http';
import type { BodyRelay } from '#runtime/worker/body-relay.ts';
import type { WorkerResponse } from '#runtime/worker/guest.ts';
import type { Exchange } from './exchange.ts';
import { headOf, isBodiless } from './send-answer.ts';

/** Told once: how many bytes of the body were sent, and why there are no more of them if something is missing. */
export type StreamEnd = (bytes: number, problem: string | undefined) => void;

/**
 * Sends what there is of an answer, and the rest of its body as it comes. A client that is slow to take it is waited
 * for; one that goes away ends it. Throws when the head cannot be sent; nothing has been sent then.
 */
export function streamAnswer(
  exchange: Exchange,
  answer: WorkerResponse,
  rest: BodyRelay,
  ended: StreamEnd,
): void {
  const { request, response } = exchange;
  const { status, lines } = headOf(exchange, answer);
  response.writeHead(status, lines);
  if (isBodiless(request, status)) {
    response.end();
    rest.cancel();
    ended(0, undefined);
    return;
  }
  let bytes = answer.body.length;
  let isOver = false;
  const over = (problem: string | undefined): void => {
    if (isOver) return;
    isOver = true;
    ended(bytes, problem);
  };
  response.on('close', () => {
    rest.cancel();
    if (!isOver) exchange.outcome = 'gone';
    over(undefined);
  });
  const room = roomOf(response);
  if (bytes === 0) response.flushHeaders();
  else response.write(answer.body);
  rest.attach({
    write: (more) => {
      if (response.destroyed) return;
      bytes += more.length;
      if (more.length > 0) response.write(more);
      return room();
    },
    end: (problem) => {
      // Only what is cut off tells the client that it is not whole.
      if (problem === undefined) response.end();
      else response.destroy();
      over(problem);
    },
  });
}

/** Settles when the client has taken most of what was written; undefined where it has. */
function roomOf(response: ServerResponse): () => Promise<void> | undefined {
  let drained: PromiseWithResolvers<void> | undefined;
  response.on('drain', () => {
    drained?.resolve();
    drained = undefined;
  });
  return () => {
    if (!response.writableNeedDrain) return undefined;
    drained ??= Promise.withResolvers();
    return drained.promise;
  };
}
