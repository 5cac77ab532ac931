/** Piping one stream into another (streams.spec.whatwg.org#readable-stream-pipe-to). */
import { cancelReadable, lockReadable, readFrom, releaseReader } from './readable-state.js';
import { deferred } from './stream-queue.js';
import {
  abortWritable,
  closeWritable,
  desiredSize,
  isClosed,
  lockWritable,
  releaseWriter,
  writeTo,
} from './writable-state.js';

/**
 * Moves all chunks of `source` to `target`, both of them records, and hands on how either ends, but for what
 * `prevent` says. Aborting `signal` ends both.
 */
export async function pipe(source, target, prevent, signal) {
  const reader = lockReadable(source);
  const writer = lockWritable(target);
  source.isDisturbed = true;
  const stopped = deferred();
  const onAbort = () => stopped.resolve(() => stopBoth(source, target, prevent, signal.reason));
  let lastWrite = Promise.resolve();
  try {
    if (signal?.aborted) onAbort();
    signal?.addEventListener('abort', onAbort);
    const end = await Promise.race([
      stopped.promise,
      moveAll(reader, writer, prevent, (write) => {
        lastWrite = write;
      }),
    ]);
    // What was read is written before anything else is done to the target.
    if (target.state === 'writable' && !isClosed(target)) await lastWrite.catch(() => {});
    await end();
  } finally {
    signal?.removeEventListener('abort', onAbort);
    releaseWriter(writer);
    releaseReader(reader);
  }
}

async function stopBoth(source, target, prevent, reason) {
  const ends = [];
  if (!prevent.abort && target.state === 'writable') ends.push(abortWritable(target, reason));
  if (!prevent.cancel && source.state === 'readable') ends.push(cancelReadable(source, reason));
  await Promise.all(ends);
  throw reason;
}

/** Moves chunks as fast as the target takes them; the result is what is to be done then. */
async function moveAll(reader, writer, prevent, onWrite) {
  const [source, target] = [reader.stream, writer.stream];
  const targetFailed = writer.closed.promise.then(
    () => 'closed',
    () => 'failed',
  );
  const sourceClosed = reader.closed.promise.then(
    () => 'closed',
    () => 'failed',
  );
  for (;;) {
    if (source.state === 'errored') return () => sourceFailed(source, target, prevent);
    if (target.state === 'errored' || target.state === 'erroring')
      return () => failed(source, target.error, prevent);
    if (isClosed(target) || target.state === 'closed') {
      const error = new TypeError('Cannot pipe: the destination is closed');
      return () => failed(source, error, prevent);
    }
    if (source.state === 'closed') return () => (prevent.close ? undefined : closeWritable(target));
    if (desiredSize(target) <= 0) {
      await Promise.race([writer.ready.promise.catch(() => {}), sourceClosed, targetFailed]);
      // A source that has ended is not waited for; its end is dealt with at once.
      if (source.state !== 'readable') continue;
      if (desiredSize(target) <= 0) {
        await Promise.race([writer.ready.promise.catch(() => {}), targetFailed]);
      }
      continue;
    }
    const read = readFrom(reader);
    const result = await Promise.race([read, targetFailed]).catch(() => undefined);
    if (result === undefined || typeof result === 'string' || result.done) {
      read.catch(() => {});
      continue;
    }
    const write = writeTo(writer, result.value);
    write.catch(() => {});
    onWrite(write);
  }
}

async function sourceFailed(source, target, prevent) {
  if (!prevent.abort) await abortWritable(target, source.error);
  throw source.error;
}

async function failed(source, error, prevent) {
  if (!prevent.cancel && source.state === 'readable') await cancelReadable(source, error);
  throw error;
}
