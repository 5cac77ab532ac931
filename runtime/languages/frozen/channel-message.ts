import { isUtf8 } from 'node:buffer';
import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import { parseJson } from '#runtime/worker/parse-json.ts';

/**
 * Messages of the host channel: one line of JSON, then the bytes of a body. A request has `url`, `method`, `headers`
 * (a list of pairs), `redirect`, `decode` and `body`, which is whether there is one. A reply has `ok`, and then
 * `url`, `status`, `statusText` and `headers`, or else `code` and `message`.
 */
const NEWLINE = 0x0a;

/** A request of a guest; undefined when it is none. */
export function decodeQuestion(message: Buffer): OutboundRequest | undefined {
  const end = message.indexOf(NEWLINE);
  if (end < 0) return undefined;
  const head = parsed(message.toString('utf8', 0, end));
  if (typeof head !== 'object' || head === null) return undefined;
  return requestOf(head, 'body' in head && head.body === true ? message.subarray(end + 1) : undefined);
}

/** The same, of a message whose body has come by itself. */
export function requestOf(head: object, body: Uint8Array | undefined): OutboundRequest | undefined {
  const { url, method, headers, redirect, decode }: Partial<Record<string, unknown>> = head;
  if (typeof url !== 'string' || typeof method !== 'string' || !isHeaders(headers)) return undefined;
  return {
    url,
    method,
    // A header's bytes go out as they are.
    headers: headers.map(([name, value]) => [latin1(name), latin1(value)] as const),
    body: body === undefined ? undefined : Uint8Array.from(body),
    redirect: redirect === 'manual' ? 'manual' : 'follow',
    decode: decode === true,
  };
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    // A worker that writes here by itself is told so by its error number.
    return undefined;
  }
}

function isHeaders(value: unknown): value is readonly (readonly [string, string])[] {
  return (
    Array.isArray(value) &&
    value.every(
      (pair) => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string'),
    )
  );
}

/** The two parts of a reply. */
export function encodeReply(reply: OutboundReply): readonly [head: Uint8Array, body: Uint8Array] {
  return [line(replyHead(reply)), reply.ok ? reply.body : new Uint8Array(0)];
}

/** All of it but the body. */
export function replyHead(reply: OutboundReply): Readonly<Record<string, unknown>> {
  if (!reply.ok) {
    const { ok, code, message } = reply;
    return { ok, code, message };
  }
  const { ok, url, status, statusText } = reply;
  const headers = reply.headers.map(([name, value]) => [text(name), text(value)]);
  return { ok, url, status, statusText, headers };
}

function line(head: object): Uint8Array {
  return Buffer.from(`${JSON.stringify(head)}\n`);
}

function latin1(value: string): string {
  return Buffer.from(value).toString('latin1');
}

/** Bytes of a header that are UTF-8 are taken for it, and others for Latin-1. */
function text(value: string): string {
  const bytes = Buffer.from(value, 'latin1');
  return isUtf8(bytes) ? bytes.toString() : value;
}
