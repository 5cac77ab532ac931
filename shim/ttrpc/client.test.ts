import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codec } from '#proto/codec.ts';
import { ShimError } from '../errors.ts';
import { TtrpcClient } from './client.ts';
import { encodeFrame, MAX_DATA } from './frame.ts';
import type { TtrpcServices } from './server-session.ts';
import { RunningServer, SocketDirectory } from './wire.fixture.ts';

let directory: SocketDirectory;
let sockets = 0;
beforeAll(async () => {
  directory = await SocketDirectory.make();
});
afterAll(() => directory[Symbol.asyncDispose]());

const newPath = (): string => {
  sockets += 1;
  return path.join(directory.path, `c${sockets}`);
};

const serve = (methods: TtrpcServices[string]): Promise<RunningServer> =>
  RunningServer.start(newPath(), { s: methods });

const never = (): Promise<Uint8Array> => Promise.withResolvers<Uint8Array>().promise;
const nothing = new Uint8Array();

/** A peer that answers the first bytes it gets with those of a test. */
async function answering(bytes: Uint8Array): Promise<TtrpcClient> {
  const socketPath = newPath();
  const listener = createServer((socket: Socket) => {
    socket.once('data', () => socket.write(bytes));
    // The client may leave before it has read everything.
    socket.once('error', () => socket.destroy());
    socket.once('close', () => listener.close());
  });
  listener.listen(socketPath);
  await once(listener, 'listening');
  return TtrpcClient.connect(socketPath);
}

describe('TtrpcClient.call()', () => {
  it('answers calls in whatever order the server does', async () => {
    const slow = Promise.withResolvers<Uint8Array>();
    await using server = await serve({ Slow: () => slow.promise, Echo: async (payload) => payload });
    using client = await TtrpcClient.connect(server.path);
    const first = client.call('s', 'Slow', nothing);
    expect(await client.call('s', 'Echo', Buffer.from('b'))).toEqual(Buffer.from('b'));
    slow.resolve(Buffer.from('a'));
    expect(await first).toEqual(Buffer.from('a'));
  });

  it('sends time-out and metadata', async () => {
    const seen = Promise.withResolvers<readonly string[] | undefined>();
    await using server = await serve({
      Take: async (_payload, { metadata }) => {
        seen.resolve(metadata.get('key'));
        return nothing;
      },
    });
    using client = await TtrpcClient.connect(server.path);
    await client.call('s', 'Take', nothing, { timeoutMs: 60_000, metadata: new Map([['key', ['a', 'b']]]) });
    expect(await seen.promise).toEqual(['a', 'b']);
  });

  it('rejects with the status of the server', async () => {
    await using server = await serve({
      Fail: () => Promise.reject(new ShimError('failed-precondition', 'Cannot start')),
    });
    using client = await TtrpcClient.connect(server.path);
    await expect(client.call('s', 'Fail', nothing)).rejects.toMatchObject({
      code: 'failed-precondition',
      message: 'Cannot start',
    });
  });

  it('rejects after its time-out, and the connection goes on', async () => {
    await using server = await serve({ Never: never, Echo: async (payload) => payload });
    using client = await TtrpcClient.connect(server.path);
    const late = client.call('s', 'Never', nothing, { timeoutMs: 1 });
    await expect(late).rejects.toMatchObject({ code: 'deadline-exceeded' });
    expect(await client.call('s', 'Echo', Buffer.from('x'))).toEqual(Buffer.from('x'));
  });

  it('rejects with the reason of its signal', async () => {
    await using server = await serve({ Never: never });
    using client = await TtrpcClient.connect(server.path);
    const stop = new AbortController();
    const call = client.call('s', 'Never', nothing, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(call).rejects.toThrow('enough');
  });

  it('rejects with unavailable when the server goes away, and from then on', async () => {
    const begun = Promise.withResolvers<void>();
    const server = await serve({
      Never: () => {
        begun.resolve();
        return never();
      },
    });
    using client = await TtrpcClient.connect(server.path);
    const call = expect(client.call('s', 'Never', nothing)).rejects.toMatchObject({ code: 'unavailable' });
    await begun.promise;
    await server[Symbol.asyncDispose]();
    await call;
    expect(client.isClosed).toBe(true);
    await expect(client.call('s', 'Never', nothing)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('refuses a request over the limit without sending it', async () => {
    await using server = await serve({ Echo: async (payload) => payload });
    using client = await TtrpcClient.connect(server.path);
    const call = client.call('s', 'Echo', new Uint8Array(MAX_DATA));
    await expect(call).rejects.toMatchObject({ code: 'resource-exhausted' });
    expect(await client.call('s', 'Echo', Buffer.from('x'))).toEqual(Buffer.from('x'));
  });

  it('rejects an answer that is too large, or no answer at all', async () => {
    using big = await answering(encodeFrame({ streamId: 1, type: 2, data: Buffer.alloc(MAX_DATA + 1) }));
    await expect(big.call('s', 'm', nothing)).rejects.toMatchObject({ code: 'resource-exhausted' });
    using broken = await answering(encodeFrame({ streamId: 1, type: 2, data: Buffer.from('0aff', 'hex') }));
    await expect(broken.call('s', 'm', nothing)).rejects.toMatchObject({ code: 'unknown' });
  });

  it('takes a frame of length 0 as success, and skips frames of other streams', async () => {
    const payload = Buffer.from('no');
    const stray = encodeFrame({ streamId: 9, type: 2, data: codec('ttrpc.Response').encode({ payload }) });
    const data = encodeFrame({ streamId: 1, type: 3, data: payload });
    const empty = encodeFrame({ streamId: 1, type: 2, data: nothing });
    using client = await answering(Buffer.concat([stray, data, empty]));
    expect(await client.call('s', 'm', nothing)).toHaveLength(0);
  });
});

describe('TtrpcClient.connect()', () => {
  it('rejects with unavailable, the path and the reason when nobody listens', async () => {
    const socketPath = newPath();
    await expect(TtrpcClient.connect(socketPath)).rejects.toMatchObject({
      code: 'unavailable',
      message: `Cannot connect to "${socketPath}": connect ENOENT ${socketPath}`,
    });
  });

  it('rejects when the path is empty', async () => {
    await expect(TtrpcClient.connect('')).rejects.toMatchObject({ code: 'unavailable' });
  });
});
