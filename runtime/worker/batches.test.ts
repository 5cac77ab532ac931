import { describe, expect, it } from 'vitest';
import { type Answer, AnswerReader, packAnswers, transferOf } from './answer-batch.ts';
import { type Call, packCalls, unpackCalls } from './call-batch.ts';
import type { WorkerRequest } from './guest.ts';

const request: WorkerRequest = {
  url: 'http://h/ä?\u2028',
  method: 'POST',
  headers: JSON.parse('{"__proto__":"a","x":"\\ud800"}'),
  body: 'body',
  kv: {},
  params: { id: '1' },
};

const print = new TextEncoder().encode('printed');
const answer = (slot: number, body: string, status = 200): Answer => ({
  slot,
  sequence: slot + 100,
  goesOn: false,
  ranMs: 0.5,
  result: {
    ok: true,
    response: {
      status,
      headers: { a: 'b', c: ['d', 'e'] },
      body: new TextEncoder().encode(body),
      kv: { n: '1' },
      kvKept: ['k'],
    },
    stderr: new Uint8Array(),
  },
});

function partsOf({ url, method, headers, body, bytes, kv, params }: WorkerRequest): WorkerRequest {
  return { url, method, headers, body, kv, params, ...(bytes === undefined ? {} : { bytes }) };
}

/** With text in place of bytes, whichever view they are. */
function readable({ result, ...rest }: Answer): object {
  const stderr = Buffer.from(result.stderr).toString();
  if (!result.ok) return { ...rest, result: { ...result, stderr } };
  const body = Buffer.from(result.response.body).toString();
  return { ...rest, result: { ...result, stderr, response: { ...result.response, body } } };
}

describe('calls', () => {
  it('come out as they went in, their bytes too', () => {
    const calls: Call[] = [
      { slot: 1, sequence: 2, guest: 3, mayStall: false, request },
      { slot: 4, sequence: 5, guest: 6, mayStall: true, request: { ...request, bytes: Uint8Array.of(255) } },
    ];
    const unpacked = unpackCalls(structuredClone(packCalls(calls)));
    expect(unpacked.map((call) => ({ ...call, request: partsOf(call.request) }))).toEqual(calls);
    expect(unpackCalls(packCalls([]))).toEqual([]);
  });
});

describe('answers', () => {
  it('come out as they went in, each with its own body', () => {
    const answers: Answer[] = [
      answer(1, 'first'),
      { ...answer(2, ''), result: { ok: false, reason: 'trap', limits: ['output'], stderr: print } },
      { ...answer(3, 'third'), goesOn: true },
      answer(4, '', 201),
    ];
    const unpacked = new AnswerReader().unpack(structuredClone(packAnswers(answers)));
    expect(unpacked.map(readable)).toEqual(answers.map(readable));
  });

  it('take no more memory along than they fill', () => {
    const heap = new Uint8Array(1_000_000).fill(1);
    const view = {
      ...answer(1, ''),
      result: { ok: false, reason: '', stderr: heap.subarray(5, 8) } as const,
    };
    expect(packAnswers([view]).bytes.buffer.byteLength).toBe(3);
  });

  it('hand large bodies over instead of copying them', () => {
    expect(transferOf(packAnswers([answer(1, 'x')]))).toEqual([]);
    const large = packAnswers([answer(1, 'x'.repeat(100_000))]);
    expect(transferOf(large)).toEqual([large.bytes.buffer]);
  });
});
