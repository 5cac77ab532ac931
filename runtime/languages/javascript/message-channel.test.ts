import { describe, expect, it } from 'vitest';
import { NO_HOST } from '#runtime/worker/testdata/asking.ts';
import { evaluate, loadWorkerGuest, request, shown } from './worker-fixture.ts';

describe('MessageChannel (html.spec.whatwg.org#message-channels)', () => {
  it('brings copies, each in a turn of its own, in order', async () => {
    expect(
      await evaluate(`new Promise((done) => {
        const { port1, port2 } = new MessageChannel();
        const seen = [];
        const sent = { n: [1] };
        port1.onmessage = ({ data, target, type }) => {
          seen.push([data, target === port1, type, data === sent]);
          queueMicrotask(() => seen.push('microtask'));
          if (seen.length > 2) done(seen);
        };
        port2.postMessage(sent);
        sent.n.push(2);
        port2.postMessage('second');
        seen.push('now');
      })`),
    ).toEqual([
      'now',
      [{ n: [1] }, true, 'message', false],
      'microtask',
      ['second', true, 'message', false],
      'microtask',
    ]);
  });

  it('holds messages until somebody has begun to listen, and none after a close', async () => {
    expect(
      await evaluate(`(async () => {
        const { port1, port2 } = new MessageChannel();
        const seen = [];
        port2.postMessage('early');
        await new Promise((wake) => setTimeout(wake, 1));
        port1.addEventListener('message', ({ data }) => seen.push(data));
        await new Promise((wake) => setTimeout(wake, 1));
        const before = seen.length;
        port1.start();
        await new Promise((wake) => setTimeout(wake, 1));
        port1.close();
        port2.postMessage('late');
        await new Promise((wake) => setTimeout(wake, 1));
        return [before, seen];
      })()`),
    ).toEqual([0, ['early']]);
  });

  it('may be made while the worker is loaded, as renderers do', async () => {
    const guest = await loadWorkerGuest(`const { port1, port2 } = new MessageChannel();
      let work;
      port1.onmessage = () => work();
      export default () => new Promise((done) => { work = () => done(new Response('done')); port2.postMessage(null); });`);
    for (let turn = 0; turn < 3; turn++) {
      expect(shown(await guest.handle(request(), NO_HOST))).toMatchObject({ body: 'done' });
    }
  });

  it('transfers buffers, and refuses what cannot be cloned', async () => {
    expect(
      await evaluate(`(() => {
        const { port1, port2 } = new MessageChannel();
        const bytes = new Uint8Array(3);
        port1.postMessage(bytes, [bytes.buffer]);
        try { port1.postMessage(() => {}) } catch (error) { return [bytes.length, error.name, String(port2)]; }
      })()`),
    ).toEqual([0, 'DataCloneError', '[object MessagePort]']);
  });
});

describe('events of errors', () => {
  it('hold what they are given', async () => {
    expect(
      await evaluate(`(() => {
        const error = new ErrorEvent('error', { message: 'm', filename: 'f', lineno: 1, colno: 2, error: 'e' });
        const rejection = new PromiseRejectionEvent('unhandledrejection', { promise: Promise.resolve(), reason: 'r' });
        return [error.type, error.message, error.filename, error.lineno, error.colno, error.error, error instanceof Event, rejection.reason,
          rejection.promise instanceof Promise, new ErrorEvent('error').message];
      })()`),
    ).toEqual(['error', 'm', 'f', 1, 2, 'e', true, 'r', true, '']);
  });
});
