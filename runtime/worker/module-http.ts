import type { GuestMemory } from '#runtime/wasi/memory-view.ts';

/**
 * The import `http` / `send-http-request` of core-module workers. No worker may send requests yet: every call
 * is answered with the refusal that an empty list of allowed hosts gives.
 */
export const HTTP_MODULE = 'http';
export const SEND_HTTP_REQUEST = 'send-http-request';

/** Of the error side of the result. */
const ErrorCode = { invalidRequest: 0, notAllowed: 3 } as const;

/** Verbs in the order of their numbers. */
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'];

type Realloc = (pointer: number, size: number, alignment: number, newSize: number) => number;

/** The part of a guest that results are written to. `exports` is set once the instance exists. */
export interface HttpGuest {
  readonly memory: GuestMemory;
  exports: Readonly<Record<string, unknown>>;
}

/** Eleven 32-bit parameters: body tag, pointer, length; headers; method; params; URI; result pointer. */
export function sendHttpRequest(guest: HttpGuest): (...parameters: readonly number[]) => void {
  return (...parameters) => {
    const [bodyTag = 0, , , , , method = 0, , , uriPointer = 0, uriLength = 0, result = 0] = parameters;
    if (bodyTag >>> 0 > 1) throw new Error('http.send-http-request: invalid tag of body');
    const verb = methods[method];
    if (verb === undefined) throw new Error('http.send-http-request: invalid method');
    const uri = utf8(guest.memory.bytes(uriPointer, uriLength));
    const { code, message } = refusal(uri, verb);
    storeError(guest, result, code, message);
  };
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function utf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (error) {
    throw new Error('http.send-http-request: URI is not UTF-8', { cause: error });
  }
}

interface Refusal {
  readonly code: number;
  readonly message: string;
}

function refusal(uri: string, method: string): Refusal {
  if (uri === '') return { code: ErrorCode.invalidRequest, message: 'empty string' };
  if (/[^\x21-\x7e]|["<>\\^`{|}]/.test(uri)) {
    return { code: ErrorCode.invalidRequest, message: 'invalid uri character' };
  }
  const host = hostOf(uri);
  if (host === undefined) {
    const message = `The method '${method}' is not allowed for this worker. Please, update the configuration.`;
    return { code: ErrorCode.notAllowed, message };
  }
  const message = `The host '${host}' is not allowed for this worker. Please, update the worker configuration.`;
  return { code: ErrorCode.notAllowed, message };
}

/** The host of an absolute URI, without user and port; undefined for a relative one. */
function hostOf(uri: string): string | undefined {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]+)/i.exec(uri)?.[1];
  return authority?.replace(/^.*@/, '').replace(/:\d*$/, '');
}

/** Writes the error side of the 28-byte result: tag 1, code at 4, message pointer at 8 and length at 12. */
function storeError(guest: HttpGuest, result: number, code: number, message: string): void {
  const bytes = Buffer.from(message);
  // Allocating may grow the guest's memory, so its bytes are looked up afterwards.
  const pointer = realloc(guest)(0, 0, 1, bytes.length);
  guest.memory.bytes(pointer, bytes.length).set(bytes);
  guest.memory.setU8(result, 1);
  guest.memory.setU8(result + 4, code);
  guest.memory.setU32(result + 8, pointer);
  guest.memory.setU32(result + 12, bytes.length);
}

function realloc(guest: HttpGuest): Realloc {
  // Newer tools call it `cabi_realloc`.
  const found = guest.exports['canonical_abi_realloc'] ?? guest.exports['cabi_realloc'];
  if (typeof found !== 'function') throw new Error('`canonical_abi_realloc` export not available');
  return found as Realloc;
}
