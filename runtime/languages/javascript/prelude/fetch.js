/** fetch (fetch.spec.whatwg.org#fetch-method), by the host and within what the worker's configuration allows. */
import { askHostUntil } from './ask-host.js';
import { streamBytes } from './body.js';
import { defineGlobals } from './define.js';
import { Headers, headerLists, headersFromLines } from './headers.js';
import { ReadableStream } from './readable-stream.js';
import { Request, requestContent, requestSignal } from './request.js';
import { receivedResponse } from './response.js';
import { URL } from './url.js';

async function fetch(input, init) {
  const request = requestOf(input, init);
  const content = requestContent(request);
  const [url, status, statusText, headers, body, redirected] = await askHostUntil(
    requestSignal(request),
    'http',
    request.url,
    request.method,
    headerLines(request.headers),
    content instanceof ReadableStream ? await streamBytes(content) : content,
    request.redirect,
  );
  return receivedResponse(body, {
    url,
    status,
    statusText,
    headers: headersFromLines(headers),
    redirected: redirected === 1,
  });
}

function requestOf(input, init) {
  if (input instanceof Request) return init === undefined ? input : new Request(input, init);
  const url = String(input);
  if (!URL.canParse(url)) throw new Error(`[Invalid Request] Cannot parse the URL ${JSON.stringify(url)}`);
  return new Request(url, init);
}

function headerLines(headers) {
  let lines = '';
  for (const [name, values] of headerLists(headers instanceof Headers ? headers : new Headers(headers))) {
    for (const value of values) lines += `${name}\n${value}\n`;
  }
  return lines;
}

defineGlobals({ fetch });
