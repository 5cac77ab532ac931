import { describe, expect, it } from 'vitest';
import { HeldHost, reply } from './testdata/held-host.ts';
import { evaluate, loadWorkerGuest, loadWorkerText, request, shown } from './worker-fixture.ts';

describe('EventTarget (dom.spec.whatwg.org#interface-eventtarget)', () => {
  it('calls listeners in order, each once, until one stops it', async () => {
    expect(
      await evaluate(`(() => {
        const target = new EventTarget();
        const seen = [];
        const twice = () => seen.push('twice');
        target.addEventListener('x', twice);
        target.addEventListener('x', twice);
        target.addEventListener('x', twice, { capture: true });
        target.addEventListener('x', { handleEvent(event) { seen.push([this !== target, event.target === target]); } });
        target.addEventListener('x', () => seen.push('once'), { once: true });
        target.addEventListener('x', null);
        target.addEventListener('y', () => seen.push('other'));
        const controller = new AbortController();
        target.addEventListener('x', () => seen.push('aborted'), { signal: controller.signal });
        controller.abort();
        const gone = () => seen.push('removed');
        target.addEventListener('x', gone);
        target.removeEventListener('x', gone);
        target.addEventListener('x', function (event) { if (seen.length > 5) event.stopImmediatePropagation(); });
        target.addEventListener('x', () => seen.push('last'));
        target.dispatchEvent(new Event('x'));
        target.dispatchEvent(new Event('x'));
        return seen;
      })()`),
    ).toEqual(['twice', 'twice', [true, true], 'once', 'last', 'twice', 'twice', [true, true]]);
  });

  it('tells by what dispatchEvent() returns whether somebody objected', async () => {
    expect(
      await evaluate(`(() => {
        const target = new EventTarget();
        target.addEventListener('x', (event) => event.preventDefault());
        const custom = new CustomEvent('x', { detail: { a: 1 }, cancelable: true });
        return [target.dispatchEvent(custom), custom.defaultPrevented, custom.detail.a, target.dispatchEvent(new Event('x')),
          custom.currentTarget, custom.target === target, custom.type, custom instanceof Event, String(custom)];
      })()`),
    ).toEqual([false, true, 1, true, null, true, 'x', true, '[object CustomEvent]']);
  });

  it('reports what a listener throws and calls the others', async () => {
    const guest = await loadWorkerText(`export default () => {
      const target = new EventTarget();
      let called = 0;
      target.addEventListener('x', () => { throw new Error('from a listener'); });
      target.addEventListener('x', () => { called += 1; });
      target.dispatchEvent(new Event('x'));
      return new Response(called);
    }`);
    expect(shown(guest.handle(request()))).toMatchObject({
      body: '1',
      stderr: expect.stringMatching(/^Uncaught Error: from a listener\n/),
    });
  });

  it('refuses an event under way, and what is no event', async () => {
    expect(
      await evaluate(`(() => {
        const target = new EventTarget();
        const names = [];
        const attempt = (event) => { try { target.dispatchEvent(event) } catch (error) { names.push(error.name) } };
        target.addEventListener('x', attempt);
        attempt(new Event('x'));
        attempt({ type: 'x' });
        return names;
      })()`),
    ).toEqual(['InvalidStateError', 'TypeError']);
  });
});

describe('AbortSignal (dom.spec.whatwg.org#interface-AbortSignal)', () => {
  it('aborts once, with its reason', async () => {
    expect(
      await evaluate(`(() => {
        const { signal, ...rest } = new AbortController();
        const controller = new AbortController();
        const seen = [];
        controller.signal.onabort = (event) => seen.push(['on', event.type, event.target === controller.signal]);
        controller.signal.addEventListener('abort', () => seen.push('listener'));
        const before = [controller.signal.aborted, controller.signal.reason];
        controller.abort('why');
        controller.abort('again');
        const thrown = (() => { try { controller.signal.throwIfAborted() } catch (error) { return error } })();
        const other = new AbortController();
        other.abort();
        return [before.length, seen, thrown, controller.signal.reason, other.signal.reason.name, other.signal.reason.code,
          other.signal.reason instanceof DOMException, AbortSignal.abort().aborted, AbortSignal.abort(7).reason];
      })()`),
    ).toEqual([2, [['on', 'abort', true], 'listener'], 'why', 'why', 'AbortError', 20, true, true, 7]);
  });

  it('any() follows all its sources, and all are aborted before anybody is told', async () => {
    expect(
      await evaluate(`(() => {
        const [a, b] = [new AbortController(), new AbortController()];
        const any = AbortSignal.any([a.signal, b.signal]);
        const nested = AbortSignal.any([any]);
        const seen = [];
        a.signal.addEventListener('abort', () => seen.push(any.aborted, nested.aborted));
        nested.addEventListener('abort', () => seen.push(nested.reason));
        a.abort('a');
        b.abort('b');
        return [seen, any.reason, AbortSignal.any([AbortSignal.abort(1), any]).reason, AbortSignal.any([]).aborted];
      })()`),
    ).toEqual([[true, true, 'a'], 'a', 1, false]);
  });

  it('timeout() aborts with a TimeoutError', async () => {
    expect(
      await evaluate(`new Promise((done) => {
        const signal = AbortSignal.timeout(1);
        signal.addEventListener('abort', () => done([signal.reason.name, signal.aborted]));
      })`),
    ).toEqual(['TimeoutError', true]);
  });

  it('cannot be made, and takes only what fits', async () => {
    expect(
      await evaluate(`[() => new AbortSignal(), () => AbortSignal.timeout(-1), () => AbortSignal.any([{}]),
        () => AbortSignal.any(1)].map((f) => { try { return f() } catch (error) { return error.name } })`),
    ).toEqual(Array(4).fill('TypeError'));
  });
});

describe('fetch() with a signal (fetch.spec.whatwg.org#fetch-method)', () => {
  const worker = (call: string) => `export default async () => {
    const controller = new AbortController();
    const { signal } = controller;
    setTimeout(() => controller.abort(), 5);
    try { return await ${call}; } catch (error) { return new Response(error.name ?? error); }
  }`;

  it.each([
    `fetch('https://a.test/', { signal })`,
    `fetch(new Request('https://a.test/', { signal }))`,
    `fetch(new Request(new Request('https://a.test/', { signal })))`,
  ])('ends the wait of %s', async (call) => {
    const guest = await loadWorkerGuest(worker(call));
    const host = new HeldHost();
    const result = guest.handle(request(), host);
    host.ring();
    expect(shown(await result)).toMatchObject({ body: 'AbortError' });
    host.questions[0]?.answer(reply('too late'));
  });

  it('asks for nothing when it is aborted already', async () => {
    const guest = await loadWorkerGuest(
      worker(`fetch('https://a.test/', { signal: AbortSignal.abort('before') })`),
    );
    const host = new HeldHost();
    expect(shown(await guest.handle(request(), host))).toMatchObject({ body: 'before' });
    expect(host.questions).toEqual([]);
  });

  it('leaves an answer alone that came before', async () => {
    const guest = await loadWorkerGuest(worker(`fetch('https://a.test/', { signal })`));
    const host = new HeldHost();
    const result = guest.handle(request(), host);
    host.questions[0]?.answer(reply('in time'));
    expect(shown(await result)).toMatchObject({ body: 'in time' });
  });

  it('does not keep a request alive for an answer that nobody wants any more', async () => {
    const guest = await loadWorkerGuest(`export default async () => {
      const controller = new AbortController();
      fetch('https://a.test/', { signal: controller.signal }).catch(() => {});
      controller.abort();
      await new Promise(() => {});
    }`);
    expect(shown(await guest.handle(request(), new HeldHost()))).toMatchObject({
      failure: 'The promise of a response never settled',
    });
  });
});
