import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import { CallStopped, type HostCalls } from '#runtime/worker/host-calls.ts';

/** One question that is held back until the test answers it. */
export interface HeldQuestion {
  readonly request: OutboundRequest;
  answer(reply: OutboundReply): void;
  stop(): void;
}

/** The alarm that a worker has set. */
export interface HeldAlarm {
  readonly milliseconds: number;
  readonly ring: (stopped?: CallStopped) => void;
}

/** A host that answers when it is told to: what a real one does at the wrong moment cannot be timed. */
export class HeldHost implements HostCalls {
  readonly questions: HeldQuestion[] = [];
  alarm: HeldAlarm | undefined;

  call(_service: string, request: never): Promise<never> {
    const { promise, resolve, reject } = Promise.withResolvers<never>();
    this.questions.push({
      request,
      answer: (reply) => resolve(reply as never),
      stop: () => reject(new CallStopped('it took longer than 5 ms and was stopped')),
    });
    return promise;
  }

  after(milliseconds: number, ring: (stopped?: CallStopped) => void): () => void {
    const alarm = { milliseconds, ring };
    this.alarm = alarm;
    return () => {
      if (this.alarm === alarm) this.alarm = undefined;
    };
  }

  /** Lets the time pass until the alarm goes off. */
  ring(stopped?: CallStopped): void {
    const { alarm } = this;
    if (alarm === undefined) throw new Error('No alarm is set');
    this.alarm = undefined;
    alarm.ring(stopped);
  }

  /** The question to `path` of any host. */
  at(path: string): HeldQuestion {
    const found = this.questions.find(({ request }) => new URL(request.url).pathname === path);
    if (found === undefined) throw new Error(`Nobody asked for "${path}"`);
    return found;
  }
}

export function reply(
  body: string,
  parts: Partial<Extract<OutboundReply, { ok: true }>> = {},
): OutboundReply {
  return {
    ok: true,
    url: 'https://a.test/',
    redirected: false,
    status: 200,
    statusText: 'OK',
    headers: [],
    body: Buffer.from(body),
    ...parts,
  };
}
