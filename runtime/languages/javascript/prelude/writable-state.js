/**
 * How a WritableStream works inside (streams.spec.whatwg.org#ws-abstract-ops): functions on plain records, which the
 * classes of `writable-stream.js` keep to themselves.
 *
 * ```
 * stream      { state: 'writable' | 'erroring' | 'errored' | 'closed', error, writer, controller,
 *               writes: [deferred], current, closing, isClosing, abort, hasBackpressure }
 * writer      { stream, ready: deferred, closed: deferred }
 * controller  { stream, queue, write, close, abort, isStarted, aborting }
 * ```
 *
 * `current` is the write under way, `closing` the close that was asked for, `isClosing` whether that is under way.
 */
import { ChunkQueue, deferred, rejected, run } from './stream-queue.js';

/** In the queue behind the last chunk. */
const CLOSE = Symbol('close');

export function makeWritable(
  { start, write, close, abort },
  strategy,
  highWaterMark,
  controllerFor = () => undefined,
) {
  const stream = {
    state: 'writable',
    error: undefined,
    writer: undefined,
    controller: undefined,
    writes: [],
    current: undefined,
    closing: undefined,
    isClosing: false,
    abort: undefined,
    hasBackpressure: false,
  };
  const controller = {
    stream,
    queue: new ChunkQueue(strategy, highWaterMark),
    write,
    close,
    abort,
    isStarted: false,
    aborting: new AbortController(),
  };
  stream.controller = controller;
  stream.hasBackpressure = controller.queue.room <= 0;
  const settle = (error) => {
    controller.isStarted = true;
    if (error !== undefined) dealWithRejection(stream, error.reason);
    else advance(controller);
  };
  const face = controllerFor(controller);
  const started = start?.(face);
  Promise.resolve(started).then(
    () => settle(undefined),
    (reason) => settle({ reason }),
  );
  return stream;
}

export function isClosed({ closing }) {
  return closing !== undefined;
}

/** @throws TypeError when the stream is locked */
export function lockWritable(stream) {
  if (stream.writer !== undefined)
    throw new TypeError('Cannot write: the stream is locked to another writer');
  const writer = { stream, ready: deferred(), closed: deferred() };
  stream.writer = writer;
  if (stream.state === 'errored' || stream.state === 'erroring') {
    writer.ready.reject(stream.error);
    if (stream.state === 'errored') writer.closed.reject(stream.error);
  } else if (stream.state === 'closed') {
    writer.ready.resolve(undefined);
    writer.closed.resolve(undefined);
  } else if (isClosed(stream) || !stream.hasBackpressure) writer.ready.resolve(undefined);
  return writer;
}

export function releaseWriter(writer) {
  const { stream } = writer;
  if (stream === undefined) return;
  const error = new TypeError('The writer was released');
  for (const name of ['ready', 'closed']) {
    const promise = deferred();
    promise.reject(error);
    writer[name].reject(error);
    writer[name] = promise;
  }
  stream.writer = undefined;
  writer.stream = undefined;
}

export function desiredSize({ state, controller }) {
  if (state === 'errored' || state === 'erroring') return null;
  return state === 'closed' ? 0 : controller.queue.room;
}

/** Promises that `chunk` was written. */
export function writeTo(writer, chunk) {
  const { stream } = writer;
  if (stream === undefined) return rejected(new TypeError('Cannot write: the writer was released'));
  const { controller } = stream;
  let size = 1;
  try {
    size = controller.queue.measure(chunk);
  } catch (error) {
    failIfWritable(stream, error);
  }
  if (stream.state === 'errored' || stream.state === 'erroring') return rejected(stream.error);
  if (isClosed(stream) || stream.state === 'closed') {
    return rejected(new TypeError('Cannot write: the stream is closed'));
  }
  const { promise, resolve, reject } = Promise.withResolvers();
  stream.writes.push({ resolve, reject });
  controller.queue.push(chunk, size);
  updateBackpressure(stream);
  advance(controller);
  return promise;
}

export function closeWritable(stream) {
  if (isClosed(stream)) return rejected(new TypeError('Cannot close: the stream is being closed'));
  if (stream.state === 'closed') return rejected(new TypeError('Cannot close: the stream is closed'));
  if (stream.state === 'errored') return rejected(stream.error);
  const { promise, resolve, reject } = Promise.withResolvers();
  stream.closing = { resolve, reject };
  if (stream.hasBackpressure && stream.state === 'writable') stream.writer?.ready.resolve(undefined);
  stream.controller.queue.push(CLOSE, 0);
  advance(stream.controller);
  return promise;
}

export function abortWritable(stream, reason) {
  if (stream.state === 'closed' || stream.state === 'errored') return Promise.resolve();
  stream.controller.aborting.abort(reason);
  if (stream.state === 'closed' || stream.state === 'errored') return Promise.resolve();
  if (stream.abort !== undefined) return stream.abort.promise;
  const wasErroring = stream.state === 'erroring';
  stream.abort = { ...deferred(), reason: wasErroring ? undefined : reason, wasErroring };
  const { promise } = stream.abort;
  if (!wasErroring) startErroring(stream, reason);
  return promise;
}

export function failIfWritable(stream, error) {
  if (stream.state === 'writable') startErroring(stream, error);
}

function startErroring(stream, reason) {
  stream.state = 'erroring';
  stream.error = reason;
  if (stream.writer !== undefined) rejectReady(stream.writer, reason);
  if (!isBusy(stream) && stream.controller.isStarted) finishErroring(stream);
}

function isBusy({ current, isClosing }) {
  return current !== undefined || isClosing;
}

function rejectReady(writer, reason) {
  writer.ready.reject(reason);
  writer.ready = deferred();
  writer.ready.reject(reason);
}

function dealWithRejection(stream, error) {
  if (stream.state === 'writable') startErroring(stream, error);
  else if (stream.state === 'erroring') finishErroring(stream);
}

function finishErroring(stream) {
  stream.state = 'errored';
  const { controller, abort } = stream;
  controller.queue.clear();
  for (const { reject } of stream.writes.splice(0)) reject(stream.error);
  stream.abort = undefined;
  if (abort === undefined || abort.wasErroring) {
    abort?.reject(stream.error);
    rejectClosed(stream);
    return;
  }
  run(controller.abort, abort.reason).then(
    () => {
      abort.resolve(undefined);
      rejectClosed(stream);
    },
    (error) => {
      abort.reject(error);
      rejectClosed(stream);
    },
  );
}

function rejectClosed(stream) {
  stream.closing?.reject(stream.error);
  stream.closing = undefined;
  stream.writer?.closed.reject(stream.error);
}

function advance(controller) {
  const { stream, queue } = controller;
  if (!controller.isStarted || stream.current !== undefined) return;
  if (stream.state === 'erroring') {
    finishErroring(stream);
    return;
  }
  if (queue.length === 0 || stream.state !== 'writable') return;
  if (queue.peek() === CLOSE) finishClosing(controller);
  else writeNext(controller);
}

function writeNext(controller) {
  const { stream, queue } = controller;
  stream.current = stream.writes.shift();
  const { resolve, reject } = stream.current;
  run(controller.write, queue.peek()).then(
    () => {
      stream.current = undefined;
      resolve(undefined);
      queue.shift();
      if (stream.state === 'writable') updateBackpressure(stream);
      advance(controller);
    },
    (error) => {
      stream.current = undefined;
      reject(error);
      dealWithRejection(stream, error);
    },
  );
}

function finishClosing(controller) {
  const { stream } = controller;
  const { resolve, reject } = stream.closing;
  controller.queue.shift();
  stream.isClosing = true;
  run(controller.close).then(
    () => {
      stream.isClosing = false;
      stream.closing = undefined;
      resolve(undefined);
      stream.abort?.resolve(undefined);
      stream.abort = undefined;
      stream.state = 'closed';
      stream.error = undefined;
      stream.writer?.closed.resolve(undefined);
    },
    (error) => {
      stream.isClosing = false;
      stream.closing = undefined;
      reject(error);
      stream.abort?.reject(error);
      stream.abort = undefined;
      dealWithRejection(stream, error);
    },
  );
}

function updateBackpressure(stream) {
  if (stream.state !== 'writable' || isClosed(stream)) return;
  setBackpressure(stream, stream.controller.queue.room <= 0);
}

function setBackpressure(stream, hasBackpressure) {
  if (hasBackpressure === stream.hasBackpressure) return;
  stream.hasBackpressure = hasBackpressure;
  const { writer } = stream;
  if (writer === undefined) return;
  if (hasBackpressure) writer.ready = deferred();
  else writer.ready.resolve(undefined);
}
