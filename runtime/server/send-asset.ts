import type { FileHandle } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Asset } from './assets.ts';
import { discardBody } from './body.ts';
import { judge } from './conditional.ts';
import type { Exchange } from './exchange.ts';

/** Files up to here are read at once; larger ones travel as a stream. */
const WHOLE_BYTES = 65_536;

/** Text wws gives to methods other than GET and HEAD. */
const METHOD_REFUSED = "Request did not meet this resource's requirements.";

/** The part of a file that is sent; both ends are in it. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/**
 * Answers with a file, and closes it where it is open. `status` other than 200 is for error pages, which know no
 * conditions and no ranges. Answers the length of the body.
 */
export function sendAsset(exchange: Exchange, asset: Asset, status = 200): number | Promise<number> {
  if ('handle' in asset) return sendOpen(exchange, asset, status);
  const part = sendHead(exchange, asset, status);
  if (typeof part === 'number') return part;
  const { start, end } = part;
  const { content } = asset;
  exchange.response.end(
    content.length === end + 1 - start ? content : content.slice(start, end + 1),
    'latin1',
  );
  return end + 1 - start;
}

async function sendOpen(
  exchange: Exchange,
  asset: Extract<Asset, { handle: FileHandle }>,
  status: number,
): Promise<number> {
  await using handle = asset.handle;
  const part = sendHead(exchange, asset, status);
  if (typeof part === 'number') return part;
  await sendBytes(exchange.response, handle, part);
  return part.end + 1 - part.start;
}

/** Sends all but the body, and answers which part of the file that is; or sends all, and answers its length. */
function sendHead(exchange: Exchange, asset: Asset, status: number): Part | number {
  const { request, response } = exchange;
  const { method = '' } = request;
  discardBody(request);
  const isFile = status === 200;
  if (isFile && method !== 'GET' && method !== 'HEAD') return refuseMethod(exchange);
  const verdict = isFile ? judge(method, request.headers, asset) : { status: 200 as const };
  const { lines, size, type } = asset;
  // An error page stands for what is not there: it has no version of its own.
  const headers = [...exchange.headers(), ...(isFile ? lines : ['accept-ranges', 'bytes'])];
  if (verdict.status === 304 || verdict.status === 412) {
    response.writeHead(verdict.status, headers).end();
    return 0;
  }
  if (verdict.status === 416) {
    headers.push('content-range', `bytes */${size}`, 'content-length', 0);
    response.writeHead(416, headers).end();
    return 0;
  }
  const { start, end } = verdict.status === 206 ? verdict : { start: 0, end: size - 1 };
  if (verdict.status === 206) headers.push('content-range', `bytes ${start}-${end}/${size}`);
  headers.push('content-type', type, 'content-length', end + 1 - start);
  response.writeHead(isFile ? verdict.status : status, headers);
  if (method !== 'HEAD' && start <= end) return { start, end };
  response.end();
  return 0;
}

function refuseMethod(exchange: Exchange): number {
  const own = ['content-type', 'text/plain; charset=utf-8', 'content-length', METHOD_REFUSED.length];
  exchange.response.writeHead(405, [...exchange.headers(), ...own, 'allow', 'GET, HEAD']);
  exchange.response.end(METHOD_REFUSED);
  return METHOD_REFUSED.length;
}

async function sendBytes(response: ServerResponse, handle: FileHandle, { start, end }: Part): Promise<void> {
  const length = end - start + 1;
  if (length > WHOLE_BYTES) {
    const stream = handle.createReadStream({ start, end, autoClose: false });
    await pipeline(stream, response, { end: false });
    finish(response, stream.bytesRead === length);
    return;
  }
  const bytes = Buffer.allocUnsafe(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await handle.read(bytes, filled, length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  finish(response, filled === length, bytes);
}

/** A file that shrank meanwhile cannot keep its announced length: the client must see a broken answer. */
function finish(response: ServerResponse, isComplete: boolean, bytes?: Uint8Array): void {
  if (isComplete) response.end(bytes);
  else response.destroy();
}
