import { once } from 'node:events';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ShimError } from '../errors.ts';
import { encodeFrame, MAX_DATA } from './frame.ts';
import type { TtrpcContext, TtrpcServices } from './server-session.ts';
import { ttrpcService } from './service.ts';
import { RawClient, RunningServer, SocketDirectory } from './wire.fixture.ts';

const text = (value: string): Uint8Array => Buffer.from(value);

/** A handler that waits to be let go, and tells when it has begun. */
class Gate {
  readonly begun = Promise.withResolvers<TtrpcContext>();
  readonly open = Promise.withResolvers<Uint8Array>();

  readonly pass = (_payload: Uint8Array, context: TtrpcContext): Promise<Uint8Array> => {
    this.begun.resolve(context);
    return this.open.promise;
  };
}

let directory: SocketDirectory;
let sockets = 0;

beforeAll(async () => {
  directory = await SocketDirectory.make();
});
afterAll(() => directory[Symbol.asyncDispose]());

function serve(methods: TtrpcServices[string]): Promise<RunningServer> {
  sockets += 1;
  return RunningServer.start(path.join(directory.path, `s${sockets}`), { 'a.Service': methods });
}

const echo = async (payload: Uint8Array): Promise<Uint8Array> => payload;

describe('TtrpcServer answers (facts of the ttrpc wire)', () => {
  it('a request with the payload of its handler, on the same stream', async () => {
    await using server = await serve({ Echo: echo });
    using client = await RawClient.connect(server.path);
    client.send(1, { service: 'a.Service', method: 'Echo', payload: text('hi') });
    expect(await client.answer()).toEqual({ streamId: 1, payload: text('hi') });
  });

  it('an empty payload with a frame of length 0', async () => {
    await using server = await serve({ Nothing: async () => new Uint8Array() });
    using client = await RawClient.connect(server.path);
    const [bytes] = await Promise.all([
      once(client.socket, 'data'),
      client.send(3, { service: 'a.Service', method: 'Nothing' }),
    ]);
    expect(bytes[0]).toEqual(Buffer.from('00000000000000030200', 'hex'));
  });

  it('in the order they finish, so a blocked request holds nothing back', async () => {
    const gate = new Gate();
    await using server = await serve({ Wait: gate.pass, Echo: echo });
    using client = await RawClient.connect(server.path);
    client.send(1, { service: 'a.Service', method: 'Wait' });
    client.send(3, { service: 'a.Service', method: 'Echo' });
    expect((await client.answer()).streamId).toBe(3);
    gate.open.resolve(text('done'));
    expect(await client.answer()).toEqual({ streamId: 1, payload: text('done') });
  });

  it('an unknown service and an unknown method with UNIMPLEMENTED', async () => {
    await using server = await serve({ Echo: echo });
    using client = await RawClient.connect(server.path);
    client.send(1, { service: 'b.Service', method: 'Echo' });
    expect((await client.answer()).status).toMatchObject({ code: 12, message: 'service b.Service' });
    client.send(3, { service: 'a.Service', method: 'constructor' });
    expect((await client.answer()).status).toMatchObject({ code: 12, message: 'method constructor' });
  });

  it('an undecodable request with INVALID_ARGUMENT', async () => {
    await using server = await serve({ Echo: echo });
    using client = await RawClient.connect(server.path);
    client.socket.write(encodeFrame({ streamId: 1, type: 1, data: Buffer.from('0aff', 'hex') }));
    expect((await client.answer()).status).toMatchObject({ code: 3 });
  });

  it('an even, lower or reused stream id with INVALID_ARGUMENT on that id', async () => {
    await using server = await serve({ Echo: echo });
    using client = await RawClient.connect(server.path);
    const request = { service: 'a.Service', method: 'Echo' };
    client.send(5, request);
    expect((await client.answer()).status).toBeUndefined();
    for (const streamId of [0, 2, 3, 5, 6]) {
      client.send(streamId, request);
      expect(await client.answer()).toMatchObject({ streamId, status: { code: 3 } });
    }
    client.send(7, request);
    expect((await client.answer()).status).toBeUndefined();
  });

  it('an oversized request with RESOURCE_EXHAUSTED, and reads on', async () => {
    await using server = await serve({ Echo: echo });
    using client = await RawClient.connect(server.path);
    client.socket.write(encodeFrame({ streamId: 1, type: 1, data: Buffer.alloc(MAX_DATA + 1) }));
    client.send(3, { service: 'a.Service', method: 'Echo', payload: text('on') });
    expect(await client.answer()).toMatchObject({ streamId: 1, status: { code: 8 } });
    expect(await client.answer()).toEqual({ streamId: 3, payload: text('on') });
  });

  it('RESOURCE_EXHAUSTED in place of an answer over the limit', async () => {
    await using server = await serve({ Big: async () => new Uint8Array(MAX_DATA) });
    using client = await RawClient.connect(server.path);
    client.send(1, { service: 'a.Service', method: 'Big' });
    expect(await client.answer()).toMatchObject({ status: { code: 8 }, payload: Buffer.alloc(0) });
  });

  it('a ShimError with its code, anything else with UNKNOWN, both without payload', async () => {
    const lost = new ShimError('not-found', 'Cannot find container "c"');
    const bug = new TypeError('oops');
    await using server = await serve({ Lost: () => Promise.reject(lost), Bug: () => Promise.reject(bug) });
    using client = await RawClient.connect(server.path);
    client.send(1, { service: 'a.Service', method: 'Lost' });
    expect(await client.answer()).toMatchObject({ status: { code: 5, message: lost.message } });
    expect(server.errors).toEqual([]);
    client.send(3, { service: 'a.Service', method: 'Bug' });
    const answer = await client.answer();
    expect(answer).toMatchObject({ status: { code: 2, message: 'oops' }, payload: Buffer.alloc(0) });
    expect(server.errors).toEqual([bug]);
  });
});

describe('TtrpcServer ignores', () => {
  it('frames of other types than requests, and the flags of a request', async () => {
    await using server = await serve({ Echo: echo });
    using client = await RawClient.connect(server.path);
    for (const type of [2, 3, 0, 255]) client.send(1, { service: 'a.Service', method: 'Echo' }, type);
    const frame = encodeFrame({
      streamId: 1,
      type: 1,
      data: Buffer.from('0a09612e5365727669636512044563686f', 'hex'),
    });
    frame.writeUInt8(3, 9);
    client.socket.write(frame);
    expect(await client.answer()).toEqual({ streamId: 1, payload: Buffer.alloc(0) });
  });

  it('garbage: other connections go on, and new ones are taken', async () => {
    const gate = new Gate();
    await using server = await serve({ Wait: gate.pass, Echo: echo });
    using steady = await RawClient.connect(server.path);
    steady.send(1, { service: 'a.Service', method: 'Wait' });
    await gate.begun.promise;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 200 }), async (garbage) => {
        using client = await RawClient.connect(server.path);
        client.socket.end(garbage);
        client.socket.resume();
        await once(client.socket, 'close');
      }),
      { numRuns: 50 },
    );
    gate.open.resolve(text('still here'));
    expect(await steady.answer()).toEqual({ streamId: 1, payload: text('still here') });
    using late = await RawClient.connect(server.path);
    late.send(1, { service: 'a.Service', method: 'Echo' });
    expect((await late.answer()).status).toBeUndefined();
  });
});

describe('TtrpcServer tells a handler', () => {
  it('the metadata, by lower-case key with all values', async () => {
    const gate = new Gate();
    await using server = await serve({ Wait: gate.pass });
    using client = await RawClient.connect(server.path);
    client.send(1, {
      service: 'a.Service',
      method: 'Wait',
      metadata: [
        { key: 'Trace', value: 'a' },
        { key: 'trace', value: 'b' },
      ],
    });
    expect([...(await gate.begun.promise).metadata]).toEqual([['trace', ['a', 'b']]]);
  });

  it('that its client is gone', async () => {
    const gate = new Gate();
    await using server = await serve({ Wait: gate.pass });
    using client = await RawClient.connect(server.path);
    client.send(1, { service: 'a.Service', method: 'Wait' });
    const { signal } = await gate.begun.promise;
    client.socket.end();
    await once(signal, 'abort');
    expect(signal.reason).toMatchObject({ code: 'cancelled' });
  });

  it('that its deadline has passed', async () => {
    const gate = new Gate();
    await using server = await serve({ Wait: gate.pass });
    using client = await RawClient.connect(server.path);
    client.send(1, { service: 'a.Service', method: 'Wait', timeoutNano: 1 });
    const { signal } = await gate.begun.promise;
    if (!signal.aborted) await once(signal, 'abort');
    expect(signal.reason).toMatchObject({ code: 'deadline-exceeded' });
  });

  it('that the answer is sent', async () => {
    const gate = new Gate();
    await using server = await serve({ Wait: gate.pass });
    using client = await RawClient.connect(server.path);
    client.send(1, { service: 'a.Service', method: 'Wait' });
    const { answered } = await gate.begun.promise;
    gate.open.resolve(text('bye'));
    await answered;
    await server.server.close();
    expect(await client.answer()).toEqual({ streamId: 1, payload: text('bye') });
  });
});

it('TtrpcServer stops reading from a client that does not read, and goes on when it does', async () => {
  let calls = 0;
  const big = new Uint8Array(MAX_DATA - 100);
  const count = async (): Promise<Uint8Array> => {
    calls += 1;
    return big;
  };
  await using server = await serve({ Big: count, Echo: echo });
  using client = await RawClient.connect(server.path);
  client.socket.pause();
  const requests = 40;
  const padding = Buffer.alloc(1 << 20);
  for (let index = 0; index < requests; index += 1) {
    client.send(index * 2 + 1, { service: 'a.Service', method: 'Big', payload: padding });
  }
  // By the time another client has two answers, the paused one's input would have been read if it ever was.
  using other = await RawClient.connect(server.path);
  for (let streamId = 1; streamId < 400; streamId += 2) {
    other.send(streamId, { service: 'a.Service', method: 'Echo' });
    await other.answer();
  }
  expect(calls).toBeLessThan(requests);
  client.socket.resume();
  for (let index = 0; index < requests; index += 1) expect((await client.answer()).status).toBeUndefined();
  expect(calls).toBe(requests);
});

it('ttrpcService() decodes requests, encodes answers and refuses what is no such message', async () => {
  sockets += 1;
  await using server = await RunningServer.start(path.join(directory.path, `s${sockets}`), {
    Events: ttrpcService('containerd.services.events.ttrpc.v1.Events', {
      Forward: async ({ envelope }) => {
        if (envelope?.topic !== '/tasks/start') throw new ShimError('invalid-argument', 'Cannot take it');
        return {};
      },
    }),
  });
  using client = await RawClient.connect(server.path);
  const topic = Buffer.from('/tasks/start');
  const good = Buffer.concat([Buffer.of(0x0a, topic.length + 2, 0x1a, topic.length), topic]);
  client.send(1, { service: 'Events', method: 'Forward', payload: good });
  expect(await client.answer()).toEqual({ streamId: 1, payload: Buffer.alloc(0) });
  client.send(3, { service: 'Events', method: 'Forward', payload: good.subarray(0, 8) });
  const { status } = await client.answer();
  expect(status).toMatchObject({
    code: 3,
    message: expect.stringContaining('Cannot decode the request of Forward'),
  });
});
