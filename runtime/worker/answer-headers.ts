import { SETTINGS } from '#runtime/settings.ts';
import type { AnswerHeaders, GuestResult } from './guest.ts';

const MAX_LINES = SETTINGS.answerHeaders.default;

/** What may be handed on to the thread that serves everybody: each header line costs it. */
export function bounded(result: GuestResult): GuestResult {
  const reason = result.ok ? headersProblem(result.response.headers) : undefined;
  return reason === undefined ? result : { ok: false, reason, stderr: result.stderr };
}

function headersProblem(headers: AnswerHeaders): string | undefined {
  let lines = 0;
  for (const name in headers) {
    const value = headers[name];
    lines += typeof value === 'string' ? 1 : (value?.length ?? 0);
    if (lines > MAX_LINES) return `Stopped: answered more than ${MAX_LINES} header lines`;
  }
  return undefined;
}
