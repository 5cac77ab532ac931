import { checkUri, type Refusal, refusal } from '#runtime/outbound/check-request.ts';
import type { HttpPolicy } from '#runtime/outbound/http-policy.ts';
import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import type { HostCalls } from '#runtime/worker/host-calls.ts';

/** What a guest hears of a request that the host itself could not make. */
export const HOST_FAILURE: Refusal = refusal(
  'internal-error',
  'There was an error processing the request on the host side.',
);

/** Makes outbound requests for a guest, one run after the other. */
export class OutboundAsker {
  readonly #policy: HttpPolicy;
  #calls: HostCalls | undefined;
  /** The operator is told of one refused request per run. */
  #hasTold = false;

  constructor(policy: HttpPolicy) {
    this.#policy = policy;
  }

  /** Before each run; without `calls` nobody answers. */
  begin(calls: HostCalls | undefined): void {
    this.#calls = calls;
    this.#hasTold = false;
  }

  /** What the worker's rules refuse is answered at once. Rejects when the call is over, and when the host fails. */
  ask(request: OutboundRequest): OutboundReply | Promise<OutboundReply> {
    const refused = checkUri(this.#policy, request.url, request.method);
    if (refused === undefined) return this.#send(request, this.#calls);
    if (refused.code === 'not-allowed') this.#tell(request);
    return refused;
  }

  async #send(request: OutboundRequest, calls: HostCalls | undefined): Promise<OutboundReply> {
    if (calls === undefined) throw new Error('There is no request to ask for');
    return await calls.call('http', request);
  }

  /** Hands a refused request to the main thread, which has the log; what it answers is known. */
  #tell(request: OutboundRequest): void {
    if (this.#hasTold) return;
    this.#hasTold = true;
    this.#calls?.call('http', { ...request, headers: [], body: undefined }).catch(() => {});
  }
}
