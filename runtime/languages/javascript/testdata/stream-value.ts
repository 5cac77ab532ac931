import { evaluate } from '../worker-fixture.ts';

/** What an expression comes to; `all`, `of`, `failure`, `steps` and `sink` are at hand. */
export function streamValue(expression: string): Promise<unknown> {
  return evaluate(`(async () => {
    const all = async (stream) => { const list = []; for await (const chunk of stream) list.push(chunk); return list; };
    const of = (...chunks) => ReadableStream.from(chunks);
    const failure = async (promise) => { try { return ['fine', await promise]; } catch (error) { return error?.message ?? error; } };
    const steps = [];
    const sink = (parts = {}, strategy) => new WritableStream({ write(chunk) { steps.push(chunk); }, close() { steps.push('close'); },
      abort(reason) { steps.push(['abort', reason?.message ?? reason]); }, ...parts }, strategy);
    return (${expression});
  })()`);
}
