import { connect } from 'node:net';
import { ShimError } from '../errors.ts';

/** A server may have just been started and still boot. */
const ANSWER_LIMIT_MS = 10_000;

const MAX_ATTEMPTS = 5;

/**
 * Asks who serves `socket`. Only a refusal proves that it is dead: a full backlog (EAGAIN) is a server that
 * is busy, and one that hangs up without an answer is on its way out, so the question is put again.
 */
export async function probe(socket: string, question?: Uint8Array): Promise<'live' | 'dead' | 'absent'> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const answer = await ask(socket, question);
    if (answer !== 'hung up') return answer;
  }
  throw new ShimError('unavailable', `Cannot reach the shim at "${socket}": it hangs up every time`);
}

function ask(socket: string, question?: Uint8Array): Promise<'live' | 'dead' | 'absent' | 'hung up'> {
  return new Promise((resolve, reject) => {
    const connection = connect({ path: socket });
    const settle = (answer: 'live' | 'dead' | 'absent' | 'hung up'): void => {
      clearTimeout(timer);
      connection.destroy();
      resolve(answer);
    };
    const fail = (reason: string, cause?: Error): void => {
      clearTimeout(timer);
      connection.destroy();
      reject(new ShimError('unavailable', `Cannot reach the shim at "${socket}": ${reason}`, { cause }));
    };
    const timer = setTimeout(() => fail(`no answer within ${ANSWER_LIMIT_MS} ms`), ANSWER_LIMIT_MS);
    connection.once('connect', () => {
      if (question) connection.write(question);
      else settle('live');
    });
    // Whatever it says, it is there: an older server may not know the question.
    connection.once('data', () => settle('live'));
    connection.once('end', () => settle('hung up'));
    connection.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') settle('absent');
      else if (cause.code === 'ECONNREFUSED') settle('dead');
      else if (cause.code === 'EAGAIN') settle('live');
      else if (cause.code === 'ECONNRESET' || cause.code === 'EPIPE') settle('hung up');
      else fail(cause.message, cause);
    });
  });
}
