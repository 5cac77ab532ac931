import type { AnswerHeaders, GuestResult } from './guest.ts';

/** What may be handed on to the thread that serves everybody: each header line costs it. */
export function bounded(result: GuestResult, maxLines: number): GuestResult {
  const reason = result.ok ? headersProblem(result.response.headers, maxLines) : undefined;
  if (reason === undefined) return result;
  const { stderr, rest } = result;
  return { ok: false, reason, stderr, ...(rest === undefined ? {} : { rest }) };
}

function headersProblem(headers: AnswerHeaders, maxLines: number): string | undefined {
  let lines = 0;
  for (const name in headers) {
    const value = headers[name];
    lines += typeof value === 'string' ? 1 : (value?.length ?? 0);
    if (lines > maxLines) return `Stopped: answered more than ${maxLines} header lines`;
  }
  return undefined;
}
