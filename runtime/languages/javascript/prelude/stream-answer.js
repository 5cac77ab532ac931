/** The body of an answer, from a stream to the host. */
import { onGone, settled } from './ask-host.js';
import { waitUntil } from './context.js';
import { describe } from './describe.js';
import { answerPart, writeStderr } from './host.js';
import { cancelReadable } from './readable-state.js';
import { readableState } from './readable-stream.js';
import { readChunks } from './stream-bytes.js';

/** Hands the host each chunk, and reads no further while it has no room. */
export async function answerChunks(stream) {
  onGone(() => waitUntil(cancel(readableState(stream))));
  await readChunks(stream, (chunk) => {
    const question = answerPart(chunk);
    return question === 0 ? undefined : settled(question);
  });
}

/** Nobody else is there to hear that it failed. */
async function cancel(state) {
  try {
    await cancelReadable(state, new DOMException('The client has gone away', 'AbortError'));
  } catch (error) {
    writeStderr(`There was an error cancelling the body of the answer:\n${describe(error)}\n`);
  }
}
