import { checkUri, type Refusal, refusal } from '#runtime/outbound/check-request.ts';
import type { HttpPolicy } from '#runtime/outbound/http-policy.ts';
import type { OutboundErrorCode, OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import { GuestEnd } from '#runtime/wasi/end.ts';
import type { WasiHost } from '#runtime/wasi/host.ts';
import { CallStopped, type HostCalls } from './host-calls.ts';
import {
  type ByteSpan,
  type GuestHeap,
  readHeaders,
  readSpan,
  readText,
  storeHeaders,
  storeSpan,
} from './module-heap.ts';

/** Verbs in the order of their numbers. */
const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'];

/** In the order of their numbers on the error side of the result. */
const ERROR_CODES: readonly OutboundErrorCode[] = [
  'invalid-request',
  'invalid-request-body',
  'invalid-response-body',
  'not-allowed',
  'internal-error',
  'timeout',
  'redirect-loop',
];

/** What the import works with; `heap.exports` and `calls` are set for each run. */
export interface HttpGuest {
  readonly host: WasiHost;
  readonly heap: GuestHeap;
  readonly policy: HttpPolicy;
  calls: HostCalls | undefined;
  /** The operator is told of one refused request per run. */
  hasTold: boolean;
}

/**
 * Eleven 32-bit parameters: body tag, pointer, length; headers; method; params, which nobody looks at; URI; result
 * pointer. What the worker's rules refuse is answered at once. Anything else promises, and the guest has to be
 * suspended meanwhile; its instance must serve nobody else.
 */
export function sendHttpRequest(guest: HttpGuest): (...parameters: number[]) => Promise<void> | undefined {
  return (...parameters) => {
    if (guest.host.end !== undefined) throw guest.host.end;
    const result = parameters[10] ?? 0;
    if (guest.calls === undefined) {
      storeReply(guest.heap, result, TOO_EARLY);
      return undefined;
    }
    const request = requestOf(guest.heap, parameters);
    const uri = Buffer.from(request.uri).toString();
    const refused =
      request.headers === undefined ? TOO_MANY_HEADERS : checkUri(guest.policy, uri, request.method);
    if (refused === undefined) return answerLater(guest, outbound(request, uri), result);
    if (refused.code === 'not-allowed') tell(guest, outbound(request, uri));
    storeReply(guest.heap, result, refused);
    return undefined;
  };
}

/** Nobody is there to wait for: its memory is to serve many requests. */
const TOO_EARLY = refusal('internal-error', 'Requests can be sent while a request is handled, not before');
const TOO_MANY_HEADERS = refusal('invalid-request', 'the headers are too large');

interface Lifted {
  readonly body: ByteSpan;
  /** Undefined: too many of them. */
  readonly headers: readonly (readonly [ByteSpan, ByteSpan])[] | undefined;
  readonly method: string;
  readonly uri: ByteSpan;
}

/** Copies a request out of the guest. Throws, for a trap, where the parameters have no meaning. */
function requestOf(heap: GuestHeap, parameters: readonly number[]): Lifted {
  const [
    bodyTag = 0,
    body = 0,
    bodyLength = 0,
    headers = 0,
    headerCount = 0,
    verb = 0,
    ,
    ,
    uri = 0,
    uriLength = 0,
  ] = parameters;
  if (bodyTag >>> 0 > 1) throw new Error('http.send-http-request: invalid tag of body');
  const method = METHODS[verb];
  if (method === undefined) throw new Error('http.send-http-request: invalid method');
  return {
    body: readSpan(heap, bodyTag === 0 ? 0 : body, bodyTag === 0 ? 0 : bodyLength),
    headers: readHeaders(heap, headers, headerCount),
    method,
    uri: readText(heap, uri, uriLength),
  };
}

function outbound({ body, headers = [], method }: Lifted, url: string): OutboundRequest {
  return {
    url,
    method,
    // A header's bytes go out as they are.
    headers: headers.map(([name, value]) => [latin1(name), latin1(value)] as const),
    body: body.length === 0 ? undefined : body,
    redirect: 'follow',
    decode: false,
  };
}

function latin1(bytes: ByteSpan): string {
  return Buffer.from(bytes.buffer).toString('latin1');
}

/** Hands a refused request to the main thread, which has the log; what it answers is known. */
function tell(guest: HttpGuest, request: OutboundRequest): void {
  if (guest.hasTold) return;
  guest.hasTold = true;
  guest.calls?.call('http', { ...request, headers: [], body: undefined }).catch(() => {});
}

async function answerLater(guest: HttpGuest, request: OutboundRequest, result: number): Promise<void> {
  // The guest's memory may have grown, or its allocator fail: all of that is after the wait.
  storeReply(guest.heap, result, await replyTo(guest, request));
}

async function replyTo({ host, calls }: HttpGuest, request: OutboundRequest): Promise<OutboundReply> {
  try {
    if (calls !== undefined) return await calls.call('http', request);
  } catch (error) {
    // Nobody waits for the guest any more; it meets this again should it catch it.
    if (error instanceof CallStopped) throw host.stop(new GuestEnd(error.message));
  }
  return refusal('internal-error', 'There was an error processing the request on the host side.');
}

/**
 * Writes the 28 bytes of the result, all it points to first: tag at 0; then, when it went well, tag 1 and the body
 * at 4, the headers at 16 and the status at 24, otherwise the code at 4 and the message at 8.
 */
function storeReply(heap: GuestHeap, result: number, reply: OutboundReply): void {
  const { memory } = heap;
  if (reply.ok) {
    const body = storeSpan(heap, reply.body);
    const headers = storeHeaders(heap, reply.headers);
    memory.setU8(result, 0);
    memory.setU8(result + 4, 1);
    memory.setU32(result + 8, body);
    memory.setU32(result + 12, reply.body.length);
    memory.setU32(result + 16, headers);
    memory.setU32(result + 20, reply.headers.length);
    memory.setU16(result + 24, reply.status);
    return;
  }
  storeError(heap, result, reply);
}

function storeError(heap: GuestHeap, result: number, { code, message }: Refusal): void {
  const { memory } = heap;
  const bytes = Buffer.from(message);
  const pointer = storeSpan(heap, bytes);
  memory.setU8(result, 1);
  memory.setU8(result + 4, ERROR_CODES.indexOf(code));
  memory.setU32(result + 8, pointer);
  memory.setU32(result + 12, bytes.length);
}
