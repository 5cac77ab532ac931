import { describe, expect, it } from 'vitest';
import { NO_REQUESTS } from '#runtime/outbound/http-policy.ts';
import type { OutboundReply, OutboundRequest } from '#runtime/outbound/message.ts';
import { CallStopped, type HostCalls } from '#runtime/worker/host-calls.ts';
import { NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { HostChannel } from './host-channel.ts';

const POLICY = { ...NO_REQUESTS, allowedHosts: ['a.test'] };
const REQUEST = {
  url: 'https://a.test/',
  method: 'POST',
  headers: [['x', 'é']],
  redirect: 'manual',
  decode: false,
};

function message(head: object, body = ''): Uint8Array<ArrayBuffer> {
  const text = Buffer.from(`${JSON.stringify(head)}\n${body}`);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Uint8Array.from(Buffer.concat([length, text]));
}

function readAll(channel: HostChannel): string {
  const into = new Uint8Array(7);
  let text = Buffer.alloc(0);
  for (let count = channel.read(into); count > 0; count = channel.read(into)) {
    text = Buffer.concat([text, into.subarray(0, count)]);
  }
  expect(text.readUInt32LE(0)).toBe(text.length - 4);
  return text.toString('utf8', 4);
}

/** A host that notes what it is asked, and gives one answer. */
function host(answer: OutboundReply | Error): HostCalls & { readonly asked: OutboundRequest[] } {
  const asked: OutboundRequest[] = [];
  const call = async (_service: string, request: unknown): Promise<never> => {
    asked.push(request as OutboundRequest);
    if (answer instanceof Error) throw answer;
    return answer as never;
  };
  return { asked, call, after: NO_HOST.after };
}

const FOUND: OutboundReply = {
  ok: true,
  url: 'https://a.test/',
  redirected: false,
  status: 200,
  statusText: 'OK',
  headers: [
    ['x', '\xc3\xa9'],
    ['y', '\xe9'],
  ],
  body: Buffer.from('answer'),
};

function channelTo(calls: HostCalls, stopped: unknown[] = []): HostChannel {
  const channel = new HostChannel(POLICY, (error) => stopped.push(error));
  channel.begin(calls);
  return channel;
}

describe('the host channel', () => {
  it('asks with what was written, in whatever pieces, and holds the reply for reading', async () => {
    const calls = host(FOUND);
    const channel = channelTo(calls);
    const bytes = message({ ...REQUEST, body: true }, 'sent');
    channel.write(bytes.slice(0, 4));
    channel.write(bytes.slice(4, 30));
    channel.write(bytes.slice(30));
    expect(() => channel.read(new Uint8Array(1))).toThrow();
    await channel.waiting;
    expect(calls.asked).toEqual([
      { ...REQUEST, headers: [['x', '\xc3\xa9']], body: Uint8Array.from(Buffer.from('sent')) },
    ]);
    const head = `{"ok":true,"url":"https://a.test/","status":200,"statusText":"OK","headers":[["x","é"],["y","é"]]}`;
    expect(readAll(channel)).toBe(`${head}\nanswer`);
  });

  it('refuses at once what the rules do not allow, and tells the operator of the first', () => {
    const calls = host(FOUND);
    const channel = channelTo(calls);
    for (let i = 0; i < 2; i++) {
      channel.write(message({ ...REQUEST, url: 'https://b.test/secret' }, ''));
      expect(channel.waiting).toBeUndefined();
      expect(readAll(channel)).toBe(
        `{"ok":false,"code":"not-allowed","message":"The host 'b.test' is not allowed for this worker. Please, update the worker configuration."}\n`,
      );
    }
    expect(calls.asked).toMatchObject([{ url: 'https://b.test/secret', headers: [], body: undefined }]);
  });

  it('says that the call is over, and answers a service that fails with an internal error', async () => {
    for (const error of [new CallStopped('too late'), new Error('gone')]) {
      const stopped: unknown[] = [];
      const channel = channelTo(host(error), stopped);
      channel.write(message(REQUEST));
      await channel.waiting;
      expect(stopped).toEqual([error]);
      expect(readAll(channel)).toContain('"code":"internal-error"');
    }
  });

  it.each([
    ['no length', Uint8Array.of(1, 0, 0)],
    ['a length beyond bounds', Uint8Array.of(0, 0, 0, 0xff)],
    ['no JSON', Uint8Array.of(2, 0, 0, 0, 0x7b, 0x0a)],
    ['no line', Uint8Array.of(2, 0, 0, 0, 0x7b, 0x7d)],
    ['no URL', message({ ...REQUEST, url: 7 })],
    ['headers that are none', message({ ...REQUEST, headers: [['x']] })],
  ])('refuses a message with %s by an error number', (_, bytes) => {
    const calls = host(FOUND);
    const channel = channelTo(calls);
    expect(() => channel.write(bytes)).toThrow();
    expect(calls.asked).toEqual([]);
  });

  it('forgets everything between two runs', async () => {
    const channel = channelTo(host(FOUND));
    channel.write(message(REQUEST));
    await channel.waiting;
    channel.begin(undefined);
    expect(channel.read(new Uint8Array(8))).toBe(0);
    channel.begin(host(FOUND));
    channel.write(message(REQUEST));
    const unread = channel.waiting;
    channel.begin(host(FOUND));
    await unread;
    expect(channel.read(new Uint8Array(8))).toBe(0);
    channel.write(message(REQUEST).slice(0, 20));
    channel.begin(host(FOUND));
    channel.write(message(REQUEST));
    await channel.waiting;
    expect(readAll(channel)).toContain('answer');
  });
});
