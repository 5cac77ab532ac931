import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Asset } from './assets.ts';
import { discardBody } from './body.ts';
import { judge } from './conditional.ts';
import { contentType } from './content-type.ts';
import type { Exchange } from './exchange.ts';

/** Files up to here are read at once; larger ones travel as a stream. */
const WHOLE_BYTES = 65_536;

/** Text wws gives to methods other than GET and HEAD. */
const METHOD_REFUSED = "Request did not meet this resource's requirements.";

/**
 * Answers with a file and closes it. `status` other than 200 is for error pages, which know no conditions
 * and no ranges. Answers the length of the body.
 */
export async function sendAsset(exchange: Exchange, asset: Asset, status = 200): Promise<number> {
  await using handle = asset.handle;
  const { request, response } = exchange;
  discardBody(request);
  const { method = '' } = request;
  if (status === 200 && method !== 'GET' && method !== 'HEAD') {
    const own = ['content-type', 'text/plain; charset=utf-8', 'content-length', METHOD_REFUSED.length];
    response.writeHead(405, [...exchange.headers(), ...own, 'allow', 'GET, HEAD']);
    response.end(METHOD_REFUSED);
    return METHOD_REFUSED.length;
  }
  // Times at the epoch come from reproducible images and say nothing about the content.
  const modified = asset.mtimeMs >= 1000 ? Math.trunc(asset.mtimeMs / 1000) : undefined;
  const verdict =
    status === 200
      ? judge(method, request.headers, { size: asset.size, etag: asset.etag, modified })
      : { status: 200 as const };
  const headers = [...exchange.headers(), 'accept-ranges', 'bytes'];
  if (status === 200) {
    headers.push('etag', asset.etag);
    if (modified !== undefined) headers.push('last-modified', new Date(modified * 1000).toUTCString());
  }
  if (verdict.status === 304 || verdict.status === 412) {
    response.writeHead(verdict.status, headers).end();
    return 0;
  }
  if (verdict.status === 416) {
    headers.push('content-range', `bytes */${asset.size}`, 'content-length', '0');
    response.writeHead(416, headers).end();
    return 0;
  }
  const { start, end } = verdict.status === 206 ? verdict : { start: 0, end: asset.size - 1 };
  if (verdict.status === 206) headers.push('content-range', `bytes ${start}-${end}/${asset.size}`);
  headers.push('content-type', contentType(asset.name), 'content-length', end - start + 1);
  response.writeHead(status === 200 ? verdict.status : status, headers);
  if (method === 'HEAD' || end < start) {
    response.end();
    return 0;
  }
  await sendBytes(response, handle, start, end);
  return end - start + 1;
}

async function sendBytes(
  response: ServerResponse,
  handle: Asset['handle'],
  start: number,
  end: number,
): Promise<void> {
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
