import type { WorkerProblem } from '#runtime/project/load.ts';
import type { Match } from '#runtime/router/match.ts';
import type { Target } from '#runtime/router/target.ts';
import type { Outcome } from '#runtime/worker/outcome.ts';
import { type BodyParts, bodyParts, hasBody, NO_BODY, readBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { type FailureCode, failRequest, sendFailure } from './failure.ts';
import { headline, oneLine } from './log-text.ts';
import { sendAnswer } from './send-answer.ts';
import type { Site, SiteWorker } from './site.ts';
import { streamAnswer } from './stream-answer.ts';
import { workerRequest } from './worker-request.ts';

/** A worker's part in one exchange. */
interface Call extends Pick<Match<SiteWorker>, 'params'> {
  readonly site: Site;
  readonly worker: SiteWorker;
  readonly guest: number;
  readonly target: Target;
  readonly exchange: Exchange;
}

/**
 * Reads the body, lets the worker answer and sends what it said. Answers the length of the body sent; undefined when
 * the exchange is told of it once the worker has answered.
 */
export function runWorker(
  site: Site,
  { value: worker, params }: Match<SiteWorker>,
  target: Target,
  exchange: Exchange,
): number | undefined | Promise<number | undefined> {
  exchange.worker = worker;
  const { guest } = worker;
  if (typeof guest !== 'number') return refuse(site, worker, exchange, guest);
  const call = { site, worker, guest, params, target, exchange };
  return hasBody(exchange.request) ? withBody(call) : begin(call, NO_BODY);
}

async function withBody(call: Call): Promise<number | undefined> {
  const { site, worker, exchange } = call;
  const body = await readBody(exchange.request, site.limits.bodyBytes);
  exchange.bodyMs = performance.now() - exchange.began;
  if (body === 'gone') {
    exchange.outcome = 'gone';
    return 0;
  }
  if (body === 'too-large') {
    site.telemetry.limit('bodyBytes');
    return sendFailure(exchange, 'body-too-large');
  }
  const parts = bodyParts(body);
  if (parts.bytes !== undefined && !worker.takesBytes) {
    const advice = 'the bytes sent are no UTF-8 (allow "binary_bodies" in [features])';
    site.log.line(`In ${titleOf(worker)}: gets an empty body: ${advice}`);
  }
  return begin(call, parts);
}

/** A worker that cannot run at all. */
function refuse(
  site: Site,
  worker: SiteWorker,
  exchange: Exchange,
  { problem, isPublic }: WorkerProblem,
): number {
  const text = isPublic === true ? `<p>Cannot run this function: ${problem}</p>` : undefined;
  return failWorker(site, worker, exchange, problem, 'failed', text);
}

/** Has the guest run. */
function begin(call: Call, body: BodyParts): undefined {
  const { site, guest, params, target, exchange } = call;
  const request = workerRequest(exchange, target, params, body);
  exchange.ticket = site.runner.run(guest, request, (outcome) => {
    const bytes = end(call, outcome);
    if (bytes !== undefined) exchange.answered(bytes);
  });
  // Its client may have gone before there was anything to give up.
  if (exchange.response.destroyed) exchange.ticket.cancel();
}

/**
 * Notes where the time went, and sends what there is to send. Answers the length of the body sent; undefined when
 * the exchange is told of it later.
 */
function end({ site, worker, exchange }: Call, outcome: Outcome): number | undefined {
  const spent = performance.now() - exchange.began - exchange.bodyMs;
  exchange.ranMs = Math.min(spent, outcome.ranMs ?? 0);
  exchange.queuedMs = spent - exchange.ranMs;
  for (const limit of outcome.limits ?? []) site.telemetry.limit(limit, worker.name);
  if (exchange.response.destroyed) {
    exchange.outcome = 'gone';
    if (outcome.kind === 'answered') outcome.rest?.cancel();
    return 0;
  }
  try {
    return sendOutcome(site, worker, exchange, outcome);
  } catch (error) {
    return failRequest(site, exchange, error);
  }
}

function sendOutcome(
  site: Site,
  worker: SiteWorker,
  exchange: Exchange,
  outcome: Outcome,
): number | undefined {
  if ('stderr' in outcome) {
    exchange.said = outcome.stderr;
    site.log.said(worker.name, outcome.stderr);
  }
  switch (outcome.kind) {
    case 'answered': {
      try {
        if (outcome.rest !== undefined) {
          exchange.outcome = 'answered';
          streamAnswer(exchange, outcome.response, outcome.rest, (bytes, problem) => {
            if (problem !== undefined) cutOff(site, worker, exchange, problem);
            exchange.answered(bytes);
          });
          return undefined;
        }
        const bytes = sendAnswer(exchange, outcome.response);
        exchange.outcome = 'answered';
        return bytes;
      } catch (error) {
        outcome.rest?.cancel();
        const reason = error instanceof Error ? error.message : String(error);
        return failWorker(site, worker, exchange, `cannot send its answer: ${reason}`);
      }
    }
    case 'failed':
      return failWorker(site, worker, exchange, outcome.reason);
    case 'timeout':
      return failWorker(site, worker, exchange, outcome.reason, 'timeout');
    case 'overloaded':
      return failWorker(site, worker, exchange, outcome.reason, 'overloaded');
    case 'unavailable':
      // Said once, by the store, and not for each request.
      exchange.problem = outcome.reason;
      exchange.outcome = 'unavailable';
      return sendFailure(exchange, 'unavailable');
  }
}

/** Its answer had begun, so that the client is told by no status. */
function cutOff(site: Site, worker: SiteWorker, exchange: Exchange, reason: string): void {
  exchange.problem = headline(reason);
  exchange.outcome = 'failed';
  site.log.line(`Error running ${titleOf(worker)}: its answer was cut off: ${exchange.problem}`);
}

const CODES: Readonly<Record<'failed' | 'timeout' | 'overloaded', FailureCode>> = {
  failed: 'worker-failed',
  timeout: 'worker-timeout',
  overloaded: 'overloaded',
};

function failWorker(
  site: Site,
  worker: SiteWorker,
  exchange: Exchange,
  reason: string,
  outcome: keyof typeof CODES = 'failed',
  text?: string,
): number {
  // One line for each request. A reason has more only where a worker is not loaded, and then has been told whole.
  exchange.problem = headline(reason);
  exchange.outcome = outcome;
  site.log.line(`Error running ${titleOf(worker)}: ${exchange.problem}`);
  return sendFailure(exchange, CODES[outcome], text);
}

function titleOf(worker: SiteWorker): string {
  return oneLine(`worker "${worker.name}" at route "${worker.path}"`);
}
