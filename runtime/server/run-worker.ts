import type { WorkerProblem } from '#runtime/project/load.ts';
import type { Match } from '#runtime/router/match.ts';
import type { Target } from '#runtime/router/target.ts';
import type { WorkerRequest } from '#runtime/worker/guest.ts';
import type { Outcome } from '#runtime/worker/outcome.ts';
import { bodyParts, readBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { type FailureCode, sendFailure } from './failure.ts';
import { headline, oneLine } from './log-text.ts';
import { sendAnswer } from './send-answer.ts';
import type { Site, SiteWorker } from './site.ts';
import { workerRequest } from './worker-request.ts';

/** Reads the body, lets the worker answer and sends what it said. Answers the length of the body sent. */
export async function runWorker(
  site: Site,
  { value: worker, params }: Match<SiteWorker>,
  target: Target,
  exchange: Exchange,
): Promise<number> {
  const { request, response } = exchange;
  exchange.worker = worker;
  if (typeof worker.guest !== 'number') return refuse(site, worker, exchange, worker.guest);
  const body = await readBody(request, site.limits.bodyBytes);
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
  const asked = workerRequest(exchange, target, params, parts);
  const outcome = await call(site, worker.guest, asked, exchange);
  if (response.destroyed) {
    exchange.outcome = 'gone';
    return 0;
  }
  return sendOutcome(site, worker, exchange, outcome);
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

/** Has the guest run, and notes where the time went. */
async function call(site: Site, guest: number, request: WorkerRequest, exchange: Exchange): Promise<Outcome> {
  const asked = performance.now();
  const ticket = site.runner.run(guest, request);
  exchange.response.on('close', ticket.cancel);
  const outcome = await ticket.outcome;
  const spent = performance.now() - asked;
  exchange.ranMs = Math.min(spent, outcome.ranMs ?? 0);
  exchange.queuedMs = spent - exchange.ranMs;
  for (const limit of outcome.limits ?? []) site.telemetry.limit(limit, exchange.worker?.name);
  return outcome;
}

function sendOutcome(site: Site, worker: SiteWorker, exchange: Exchange, outcome: Outcome): number {
  if ('stderr' in outcome) {
    exchange.said = outcome.stderr;
    site.log.said(worker.name, outcome.stderr);
  }
  switch (outcome.kind) {
    case 'answered': {
      try {
        const bytes = sendAnswer(exchange, outcome.response);
        exchange.outcome = 'answered';
        return bytes;
      } catch (error) {
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
