/** The body of an answer, from a stream to the host. */
import { onGone, settled } from './ask-host.js';
import { waitUntil } from './context.js';
import { answerPart } from './host.js';
import { cancelReadable } from './readable-state.js';
import { readableState } from './readable-stream.js';
import { readChunks } from './stream-bytes.js';

/** Hands the host each chunk, and reads no further while it has no room. */
export async function answerChunks(stream) {
  onGone(() => waitUntil(cancelReadable(readableState(stream), noReader())));
  await readChunks(stream, (chunk) => {
    const question = answerPart(chunk);
    return question === 0 ? undefined : settled(question);
  });
}

function noReader() {
  return new DOMException('The client has gone away', 'AbortError');
}
