import { describe, expect, it } from 'vitest';
import type { OutboundReply } from '#runtime/outbound/message.ts';
import { type RuntimeEvent, Telemetry } from '#runtime/telemetry/telemetry.ts';
import { guestSpec } from '#runtime/worker/testdata/guest-spec.ts';
import { reportedOutbound } from './reported-outbound.ts';

const REQUEST = {
  url: 'https://a.test/',
  method: 'GET',
  headers: [],
  body: undefined,
  redirect: 'follow',
  decode: true,
} as const;

const ANSWER: OutboundReply = {
  ok: true,
  url: REQUEST.url,
  redirected: false,
  status: 204,
  statusText: '',
  headers: [],
  body: new Uint8Array(),
};

async function told(reply: OutboundReply | Error): Promise<readonly object[]> {
  const telemetry = new Telemetry();
  const events: RuntimeEvent[] = [];
  telemetry.observe({ event: (event) => void events.push(event) });
  const send = reportedOutbound(
    async () => {
      if (reply instanceof Error) throw reply;
      return reply;
    },
    [guestSpec({ file: '/a.js' })],
    telemetry,
  );
  const sent = send(0, REQUEST, new AbortController().signal);
  if (reply instanceof Error) await expect(sent).rejects.toBe(reply);
  else expect(await sent).toBe(reply);
  return events;
}

describe('reportedOutbound()', () => {
  const worker = 'a.js';
  const milliseconds = expect.any(Number);
  const status = undefined;

  it('tells of answers, refusals and failures', async () => {
    expect(await told(ANSWER)).toEqual([
      { kind: 'outbound', worker, outcome: 'answered', status: 204, milliseconds },
    ]);
    expect(await told({ ok: false, code: 'not-allowed', message: '' })).toEqual([
      { kind: 'outbound', worker, outcome: 'refused', status, milliseconds },
    ]);
    expect(await told(new Error('stopped'))).toEqual([
      { kind: 'outbound', worker, outcome: 'failed', status, milliseconds },
    ]);
  });

  it('tells of the limits that were met', async () => {
    for (const limit of ['requests', 'response'] as const) {
      expect(await told({ ok: false, code: 'internal-error', message: '', limit })).toEqual([
        { kind: 'outbound', worker, outcome: 'failed', status, milliseconds },
        { kind: 'limit', limit, worker },
      ]);
    }
  });
});
