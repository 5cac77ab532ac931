/** From what a handler returned to the answer the host takes. */
import { changedStore } from './cache.js';
import { describe } from './describe.js';
import { Headers, headerLists } from './headers.js';
import { answer, answerHead, fail, writeStderr } from './host.js';
import { ReadableStream } from './readable-stream.js';
import { checkedStatus, Response } from './response.js';
import { answerChunks } from './stream-answer.js';
import { bytesOf } from './text-encoding.js';

export function respond(response) {
  try {
    if (!(response instanceof Response)) {
      throw new TypeError(`Expected the handler to return a Response, got ${kindOf(response)}`);
    }
    const { status, headers, body } = response;
    const head = [checkedStatus(status), headerLines(headers)];
    if (body instanceof ReadableStream) void respondWithStream(body, head);
    else answer(...head, content(body), changedStore());
  } catch (error) {
    reportResponse(error);
  }
}

/**
 * The host has the chunks as they come. It sends them all together when nobody has to wait for any of them; else it
 * begins to send, and `answer` is the end.
 */
async function respondWithStream(stream, head) {
  try {
    answerHead(...head, changedStore());
    await answerChunks(stream);
    answer(...head, undefined, changedStore());
  } catch (error) {
    reportResponse(error);
  }
}

function reportResponse(error) {
  report("Couldn't process the response from the handler", error);
}

export function reportHandler(error) {
  report('There was an error running the handler', error);
}

function report(problem, error) {
  const text = describe(error);
  writeStderr(`${problem}:\n${text}\n`);
  fail(`${problem}: ${text.split('\n', 1)[0]}`);
}

/** Neither a name nor a value can hold a line break. */
function headerLines(headers) {
  const lists = headerLists(headers instanceof Headers ? headers : new Headers(headers));
  let lines = '';
  for (const [name, values] of lists) {
    // Cookies cannot be joined.
    if (name === 'set-cookie') for (const value of values) lines += `${name}\n${value}\n`;
    else lines += `${name}\n${values.join(', ')}\n`;
  }
  return lines;
}

function content(body) {
  if (body === null || body === undefined) return undefined;
  if (typeof body === 'string') return body.toWellFormed();
  return bytesOf(body) ?? String(body).toWellFormed();
}

function kindOf(value) {
  if (value === null || typeof value !== 'object') return describe(value);
  return `an object of class ${value.constructor?.name || 'Object'}`;
}
