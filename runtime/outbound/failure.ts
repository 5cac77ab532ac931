import { type Refusal, refusal } from './check-request.ts';

/** What a limit was passed with; the message names it. */
export class BodyTooLarge extends Error {
  override readonly name = 'BodyTooLarge';
}

/** What is said of a request that could not be sent or got no answer, by the code of the error. */
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset',
  EHOSTUNREACH: 'no route to host',
  ENETUNREACH: 'network is unreachable',
  EPIPE: 'connection reset',
  UND_ERR_SOCKET: 'the connection was closed',
};

/** Turns an error of the client into the answer a worker gets (wws "Outbound HTTP" 7). */
export function failureOf(error: unknown, host: string): Refusal {
  const code = codeOf(error);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return refusal('timeout', `Cannot connect to '${host}' in time`);
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return refusal('internal-error', `The headers of the answer of '${host}' are too large`);
  }
  const reason = REASONS[code] ?? messageOf(error);
  return refusal('invalid-request', `Cannot send the request to '${host}': ${reason}`);
}

/** The same for one that was thrown while the body was read. */
export function bodyFailureOf(error: unknown, host: string): Refusal {
  if (error instanceof BodyTooLarge) {
    return { ...refusal('invalid-response-body', error.message), limit: 'response' };
  }
  const reason = REASONS[codeOf(error)] ?? messageOf(error);
  return refusal('invalid-response-body', `Cannot read the answer of '${host}': ${reason}`);
}

function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0]);
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' ? code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
