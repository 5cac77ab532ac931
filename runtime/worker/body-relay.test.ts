import { describe, expect, it } from 'vitest';
import { BodyRelay, type BodySink } from './body-relay.ts';

/** Notes what it is told, and has room when the test says so. */
class NotingSink implements BodySink {
  readonly told: string[] = [];
  room: PromiseWithResolvers<void> | undefined;

  write(bytes: Uint8Array): void | Promise<void> {
    this.told.push(Buffer.from(bytes).toString());
    return this.room?.promise;
  }

  end(problem: string | undefined): void {
    this.told.push(problem ?? 'end');
  }
}

const bytes = (text: string) => ({ type: 'bytes', bytes: Buffer.from(text) }) as const;

describe('BodyRelay', () => {
  it('keeps the order of what came before there was somebody to take it', async () => {
    const relay = new BodyRelay();
    const served = [relay.serve(bytes('a')), relay.serve(bytes('b')), relay.serve({ type: 'end' })];
    const sink = new NotingSink();
    relay.attach(sink);
    await Promise.all(served);
    expect(sink.told).toEqual(['a', 'b', 'end']);
  });

  it('answers for bytes when there is room for more', async () => {
    const relay = new BodyRelay();
    const sink = new NotingSink();
    sink.room = Promise.withResolvers();
    relay.attach(sink);
    let isTaken = false;
    const taken = relay.serve(bytes('a')).then(() => {
      isTaken = true;
    });
    await relay.serve({ type: 'end', problem: 'broken' });
    expect([isTaken, sink.told]).toEqual([false, ['a', 'broken']]);
    sink.room.resolve();
    await taken;
  });

  it('knows one end, the first', async () => {
    const relay = new BodyRelay();
    const sink = new NotingSink();
    relay.attach(sink);
    relay.end('too slow');
    await relay.serve({ type: 'end' });
    await relay.serve(bytes('late'));
    expect(sink.told).toEqual(['too slow', 'late']);
  });

  it('takes everything, and says so to whoever watches, once nobody reads', async () => {
    const relay = new BodyRelay();
    const served = [relay.serve({ type: 'watch' }), relay.serve(bytes('a'))];
    relay.cancel();
    await Promise.all(served);
    const attached = new BodyRelay();
    const sink = new NotingSink();
    sink.room = Promise.withResolvers();
    attached.attach(sink);
    const waiting = attached.serve(bytes('a'));
    attached.cancel();
    await waiting;
  });
});
