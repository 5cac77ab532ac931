import { describe, expect, it } from 'vitest';
import { evaluate, loadWorkerText, request, shown } from './worker-fixture.ts';

describe('Headers', () => {
  it('take names in any case, and null stands for a missing one', async () => {
    expect(
      await evaluate(
        `[request.headers.get('X-One'), request.headers.get('none'), request.headers.has('x-ONE'),
          [...request.headers], JSON.stringify(request.headers)]`,
        { headers: { 'x-two': '2', 'x-one': '1' } },
      ),
    ).toEqual([
      '1',
      null,
      true,
      [
        ['x-one', '1'],
        ['x-two', '2'],
      ],
      '{"x-two":"2","x-one":"1"}',
    ]);
  });

  it('append, set, delete and list', async () => {
    expect(
      await evaluate(`(() => {
        const headers = new Headers([['B', ' 1\\t'], ['a', 'x']]);
        headers.append('b', 2);
        headers.set('C', '3');
        headers.delete('A');
        headers.append('Set-Cookie', 'p=1');
        headers.append('set-cookie', 'q=2');
        const seen = [];
        headers.forEach((value, name) => seen.push([name, value]));
        return [seen, [...headers.keys()], [...headers.values()], headers.getSetCookie(), headers.get('set-cookie'),
          [...new Headers(headers)].length, String(headers)];
      })()`),
    ).toEqual([
      [
        ['b', '1, 2'],
        ['c', '3'],
        ['set-cookie', 'p=1'],
        ['set-cookie', 'q=2'],
      ],
      ['b', 'c', 'set-cookie', 'set-cookie'],
      ['1, 2', '3', 'p=1', 'q=2'],
      ['p=1', 'q=2'],
      'p=1, q=2',
      4,
      '[object Headers]',
    ]);
  });
});

describe('Request and Response', () => {
  it('give the body as a string and by the standard methods', async () => {
    expect(
      await evaluate(
        `Promise.all([request.body, request.text(), request.json(), request.arrayBuffer().then((b) => b.byteLength),
          request.bytes().then((b) => [...b.slice(0, 2)]), request.text() + '!', JSON.parse(request.text())])`,
        { body: '{"ä":1}' },
      ),
    ).toEqual(['{"ä":1}', '{"ä":1}', { ä: 1 }, 8, [123, 34], '{"ä":1}!', { ä: 1 }]);
    expect(await evaluate(`request.json()`, { body: 'null' })).toBe(null);
    expect(await evaluate(`request.json().catch((error) => error.name)`)).toBe('SyntaxError');
  });

  it('make requests of their own', async () => {
    expect(
      await evaluate(
        `(() => {
          const made = new Request('http://H/x y', { method: 'post', headers: { a: 1 }, body: 'b' });
          const copy = new Request(request, { method: 'patch' });
          const clone = request.clone();
          return [made.url, made.method, made.headers.get('A'), made.body instanceof ReadableStream, copy.url, copy.method, copy.headers.get('h'),
            clone.body, clone.params];
        })()`,
        { headers: { h: 'i' }, body: 'text', params: { p: 'q' } },
      ),
    ).toEqual([
      'http://h/x%20y',
      'POST',
      '1',
      true,
      'http://localhost:3000/hello?name=you',
      'patch',
      'i',
      'text',
      { p: 'q' },
    ]);
  });

  it('have the static constructors', async () => {
    expect(
      await evaluate(`(async () => {
        const json = Response.json({ a: [1] }, { status: 201, headers: { 'X-Y': 'z' } });
        const moved = Response.redirect('/there');
        const kept = Response.redirect('/there', 301);
        const clone = json.clone();
        return [json.status, json.body, [...json.headers], json.ok, moved.status, moved.body, moved.headers.get('Location'),
          moved.ok, kept.status, await clone.json(), String(json), new Response('', { statusText: 'Fine' }).statusText];
      })()`),
    ).toEqual([
      201,
      '{"a":[1]}',
      [
        ['content-type', 'application/json'],
        ['x-y', 'z'],
      ],
      true,
      307,
      'Redirecting to /there',
      '/there',
      false,
      301,
      { a: [1] },
      '{"a":[1]}',
      'Fine',
    ]);
    expect(
      await evaluate(`(() => { try { Response.redirect('/', 200) } catch (e) { return e.name } })()`),
    ).toBe('RangeError');
  });

  it('let a response be read in every form', async () => {
    expect(
      await evaluate(`Promise.all([
        new Response(new Uint8Array([104, 105])).text(), new Response('hi').bytes().then((b) => [...b]),
        new Response(null).text(), new Response('{}').json(), new Response(new Uint8Array([1]).buffer).body.byteLength,
      ])`),
    ).toEqual(['hi', [104, 105], '', {}, 1]);
  });
});

describe('text encoding', () => {
  it('goes both ways', async () => {
    expect(
      await evaluate(`(() => {
        const bytes = new TextEncoder().encode('hé🎉\\ud800\\0');
        const into = new Uint8Array(4);
        return [[...bytes], new TextDecoder().decode(bytes), new TextDecoder('latin1').decode(new Uint8Array([233])),
          new TextDecoder('utf-16le').decode(new Uint16Array([104, 233])), new TextDecoder('UTF8').encoding,
          new TextEncoder().encodeInto('aé🎉', into), [...into], new TextDecoder().decode(), new TextEncoder().encode().length,
          new TextDecoder().decode(new Uint8Array([239, 187, 191, 97])).length,
          new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array([239, 187, 191, 97])).length];
      })()`),
    ).toEqual([
      [0x68, 0xc3, 0xa9, 0xf0, 0x9f, 0x8e, 0x89, 0xef, 0xbf, 0xbd, 0],
      'hé🎉\ufffd\0',
      'é',
      'hé',
      'utf-8',
      { read: 2, written: 3 },
      [0x61, 0xc3, 0xa9, 0],
      '',
      0,
      1,
      2,
    ]);
  });

  it('does not cut a character between the parts of a stream', async () => {
    expect(
      await evaluate(`(() => {
        const decoder = new TextDecoder();
        let text = '';
        for (const byte of new TextEncoder().encode('a🎉b')) text += decoder.decode(new Uint8Array([byte]), { stream: true });
        return text + decoder.decode() + decoder.decode(new Uint8Array([99]));
      })()`),
    ).toBe('a🎉bc');
  });

  it('throws for bad bytes when fatal, and for unknown encodings', async () => {
    expect(
      await evaluate(`[
        () => new TextDecoder('utf-8', { fatal: true }).decode(new Uint8Array([255])),
        () => new TextDecoder('no-such'),
        () => new TextDecoder().decode('text'),
      ].map((f) => { try { return f(); } catch (error) { return error instanceof Error; } })`),
    ).toEqual([true, true, true]);
  });

  it('has base64', async () => {
    expect(
      await evaluate(`[btoa('hello'), atob('aGVsbG8='), atob(' aGVs\\nbG8 '), btoa('\\0\\xff'), atob('').length, btoa(null),
        ...['€', 1].map((text) => { try { return btoa(text) } catch (error) { return error.name } }),
        ...['a', 'a===', 'a=b=', '€'].map((text) => { try { return atob(text) } catch (error) { return error.name } })]`),
    ).toEqual([
      'aGVsbG8=',
      'hello',
      'hello',
      'AP8=',
      0,
      'bnVsbA==',
      'InvalidCharacterError',
      'MQ==',
      ...Array(4).fill('InvalidCharacterError'),
    ]);
  });
});

describe('the rest', () => {
  it('runs microtasks in order', async () => {
    expect(
      await evaluate(`new Promise((done) => {
        const order = [];
        queueMicrotask(() => order.push('first'));
        Promise.resolve().then(() => order.push('second')).then(() => done(order));
        order.push('now');
      })`),
    ).toEqual(['now', 'first', 'second']);
  });

  it('reports what a microtask throws, and goes on', async () => {
    const guest = await loadWorkerText(`export default () => {
      queueMicrotask(() => { throw new Error('from a microtask'); });
      return Promise.resolve(new Response('fine'));
    }`);
    expect(shown(guest.handle(request()))).toMatchObject({
      body: 'fine',
      stderr: expect.stringMatching(/^Uncaught Error: from a microtask\n/),
    });
    expect(
      await evaluate(`(() => { try { queueMicrotask(1) } catch (error) { return error.name } })()`),
    ).toBe('TypeError');
  });

  it('has names for itself and its engine', async () => {
    expect(await evaluate(`[self === globalThis, typeof navigator.userAgent]`)).toEqual([true, 'string']);
  });

  it('has UTC for a time zone', async () => {
    expect(await evaluate(`new Date(2024, 0, 1).toISOString()`)).toBe('2024-01-01T00:00:00.000Z');
  });

  it('has globals that do not show up in a listing, and can be replaced', async () => {
    expect(await evaluate(`[Object.keys(globalThis).includes('Headers'), (URL = 1, URL)]`)).toEqual([
      false,
      1,
    ]);
  });
});
