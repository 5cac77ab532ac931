import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import type { Guest, GuestResult } from '#runtime/worker/guest.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';
import { get, NO_HOST } from './asking.ts';

/** The address that modules of tests ask for. */
export const URL_TEXT = 'https://a.test/x?y';

interface Question {
  readonly request: OutboundRequest;
  answer(reply: OutboundReply): void;
  fail(error: Error): void;
}

/** A host that answers when the test says so. */
export class HeldHost implements HostCalls {
  readonly questions: Question[] = [];
  readonly after: HostCalls['after'] = NO_HOST.after;

  call(_service: string, request: never): Promise<never> {
    const { promise, resolve, reject } = Promise.withResolvers<never>();
    this.questions.push({ request, answer: (reply) => resolve(reply as never), fail: reject });
    return promise;
  }

  /** Answers the oldest question. */
  answer(text: string, headers: readonly (readonly [string, string])[] = []): void {
    this.questions.shift()?.answer(reply(text, headers));
  }
}

export function reply(text: string, headers: readonly (readonly [string, string])[] = []): OutboundReply {
  const body = Uint8Array.from(Buffer.from(text));
  return { ok: true, url: URL_TEXT, redirected: false, status: 201, statusText: 'Created', headers, body };
}

/** The answer to `target`, where each question is answered with `text`. */
export async function answering(guest: Guest, target: string, text = 'hello'): Promise<GuestResult> {
  const host = new HeldHost();
  const result = guest.handle(get(target), host);
  let isOver = false;
  void Promise.resolve(result).then(() => {
    isOver = true;
  });
  while (!isOver) {
    host.answer(text);
    await new Promise(setImmediate);
  }
  return await result;
}
