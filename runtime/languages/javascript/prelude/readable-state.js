/**
 * How a ReadableStream works inside (streams.spec.whatwg.org#rs-abstract-ops): functions on plain records, which the
 * classes of `readable-stream.js` keep to themselves.
 *
 * ```
 * stream      { state: 'readable' | 'closed' | 'errored', error, isDisturbed, reader, controller }
 * reader      { stream, requests: [{ resolve, reject }], closed: deferred }
 * controller  { stream, queue, pull, cancel, isStarted, isClosing, isPulling, pullAgain }
 * ```
 */
import { ChunkQueue, deferred, rejected, run } from './stream-queue.js';

/** A stream that takes its chunks from `pull`; each algorithm may be undefined, `start` runs now. */
export function makeReadable(
  { start, pull, cancel },
  strategy,
  highWaterMark,
  controllerFor = () => undefined,
) {
  const stream = {
    state: 'readable',
    error: undefined,
    isDisturbed: false,
    reader: undefined,
    controller: undefined,
  };
  const controller = {
    stream,
    queue: new ChunkQueue(strategy, highWaterMark),
    pull,
    cancel,
    isStarted: false,
    isClosing: false,
    isPulling: false,
    pullAgain: false,
  };
  stream.controller = controller;
  const face = controllerFor(controller);
  const started = start?.(face);
  Promise.resolve(started).then(
    () => {
      controller.isStarted = true;
      pullIfNeeded(controller);
    },
    (error) => failReadable(stream, error),
  );
  return stream;
}

function pullIfNeeded(controller) {
  if (!wantsMore(controller)) return;
  if (controller.isPulling) {
    controller.pullAgain = true;
    return;
  }
  controller.isPulling = true;
  run(controller.pull).then(
    () => {
      controller.isPulling = false;
      if (!controller.pullAgain) return;
      controller.pullAgain = false;
      pullIfNeeded(controller);
    },
    (error) => failReadable(controller.stream, error),
  );
}

function wantsMore({ stream, queue, isStarted, isClosing }) {
  if (stream.state !== 'readable' || isClosing || !isStarted) return false;
  return (stream.reader?.requests.length ?? 0) > 0 || queue.room > 0;
}

/** Whether chunks may still be added. */
export function takesMore({ stream, isClosing }) {
  return stream.state === 'readable' && !isClosing;
}

export function enqueue(controller, chunk) {
  const { stream, queue } = controller;
  if (!takesMore(controller)) throw new TypeError('Cannot enqueue: the stream is closed');
  const request = stream.reader?.requests.shift();
  if (request !== undefined) request.resolve({ value: chunk, done: false });
  else {
    try {
      queue.push(chunk, queue.measure(chunk));
    } catch (error) {
      failReadable(stream, error);
      throw error;
    }
  }
  pullIfNeeded(controller);
}

/** No more chunks: the stream is closed when those in its queue are read. */
export function closeReadable(controller) {
  if (!takesMore(controller)) throw new TypeError('Cannot close: the stream is closed');
  controller.isClosing = true;
  if (controller.queue.length === 0) finish(controller.stream);
}

function finish(stream) {
  stream.state = 'closed';
  forget(stream.controller);
  const { reader } = stream;
  if (reader === undefined) return;
  for (const { resolve } of reader.requests.splice(0)) resolve({ value: undefined, done: true });
  reader.closed.resolve(undefined);
}

export function failReadable(stream, error) {
  if (stream.state !== 'readable') return;
  stream.state = 'errored';
  stream.error = error;
  stream.controller.queue.clear();
  forget(stream.controller);
  const { reader } = stream;
  if (reader === undefined) return;
  for (const { reject } of reader.requests.splice(0)) reject(error);
  reader.closed.reject(error);
}

function forget(controller) {
  controller.pull = undefined;
  controller.cancel = undefined;
}

export async function cancelReadable(stream, reason) {
  stream.isDisturbed = true;
  if (stream.state === 'closed') return;
  if (stream.state === 'errored') throw stream.error;
  const { controller } = stream;
  const { cancel } = controller;
  finish(stream);
  controller.queue.clear();
  await run(cancel, reason);
}

/** @throws TypeError when the stream is locked */
export function lockReadable(stream) {
  if (stream.reader !== undefined) throw new TypeError('Cannot read: the stream is locked to another reader');
  const reader = { stream, requests: [], closed: deferred() };
  stream.reader = reader;
  if (stream.state === 'closed') reader.closed.resolve(undefined);
  else if (stream.state === 'errored') reader.closed.reject(stream.error);
  return reader;
}

/** Promises the next chunk as `{ value, done }`. */
export function readFrom(reader) {
  const { stream } = reader;
  if (stream === undefined) return rejected(new TypeError('Cannot read: the reader was released'));
  stream.isDisturbed = true;
  if (stream.state === 'closed') return Promise.resolve({ value: undefined, done: true });
  if (stream.state === 'errored') return rejected(stream.error);
  const { controller } = stream;
  const { queue } = controller;
  if (queue.length === 0) {
    const { promise, resolve, reject } = Promise.withResolvers();
    reader.requests.push({ resolve, reject });
    pullIfNeeded(controller);
    return promise;
  }
  const value = queue.shift();
  if (controller.isClosing && queue.length === 0) finish(stream);
  else pullIfNeeded(controller);
  return Promise.resolve({ value, done: false });
}

export function releaseReader(reader) {
  const { stream } = reader;
  if (stream === undefined) return;
  const error = new TypeError('The reader was released');
  if (stream.state !== 'readable') reader.closed = deferred();
  reader.closed.reject(error);
  for (const { reject } of reader.requests.splice(0)) reject(error);
  stream.reader = undefined;
  reader.stream = undefined;
}

/** Two streams that both have all chunks of `stream`, which is locked for good (streams.spec.whatwg.org#rs-tee). */
export function tee(stream) {
  const reader = lockReadable(stream);
  const branches = [];
  const reasons = [];
  const canceled = deferred();
  let isReading = false;
  let readAgain = false;
  const pull = async () => {
    if (isReading) {
      readAgain = true;
      return;
    }
    isReading = true;
    let result;
    try {
      result = await readFrom(reader);
    } catch (error) {
      for (const branch of branches) failReadable(branch, error);
      canceled.resolve(undefined);
      return;
    } finally {
      isReading = false;
    }
    for (const { controller } of branches) {
      if (!takesMore(controller)) continue;
      if (result.done) closeReadable(controller);
      else enqueue(controller, result.value);
    }
    if (result.done) canceled.resolve(undefined);
    else if (readAgain) {
      readAgain = false;
      await pull();
    }
  };
  for (const index of [0, 1]) {
    const cancel = (reason) => {
      reasons[index] = { reason };
      if (reasons[0] && reasons[1]) {
        canceled.resolve(cancelReadable(stream, [reasons[0].reason, reasons[1].reason]));
      }
      return canceled.promise;
    };
    branches.push(makeReadable({ pull, cancel }, undefined, 1));
  }
  reader.closed.promise.catch((error) => {
    for (const branch of branches) failReadable(branch, error);
    if (!reasons[0] || !reasons[1]) canceled.resolve(undefined);
  });
  return branches;
}
