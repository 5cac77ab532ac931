import { describe, expect, it } from 'vitest';
import type { GuestResult } from '#runtime/worker/guest.ts';
import { HeldHost, reply } from './testdata/held-host.ts';
import { evaluate, loadWorkerGuest, loadWorkerText, request, shown } from './worker-fixture.ts';

const failure = (expression: string) =>
  evaluate(`(async () => (${expression}))().catch((error) => error.message)`);

describe('Blob and File (w3.org/TR/FileAPI)', () => {
  it('hold the bytes of all parts', async () => {
    expect(
      await evaluate(`(async () => {
        const blob = new Blob(['é', new Uint8Array([1, 2]), new Uint16Array([3]).buffer, new Blob(['x']), 7], { type: 'Text/X' });
        const part = blob.slice(-3, -1, 'a/b');
        const file = new File([part], 'n.txt', { type: 't', lastModified: 5 });
        const chunks = [];
        for await (const chunk of blob.stream()) chunks.push(chunk.length);
        return [blob.size, blob.type, [...await blob.bytes()], await part.arrayBuffer().then((b) => [...new Uint8Array(b)]), part.type,
          file.name, file.size, file.type, file.lastModified, file instanceof Blob, String(file), chunks, await new Blob(['h', 'i']).text(),
          blob.slice().size, blob.slice(2, 1).size, new Blob().size, new Blob([], { type: 'é' }).type];
      })()`),
    ).toEqual([
      8,
      'text/x',
      [0xc3, 0xa9, 1, 2, 3, 0, 0x78, 0x37],
      [0, 0x78],
      'a/b',
      'n.txt',
      2,
      't',
      5,
      true,
      '[object File]',
      [8],
      'hi',
      8,
      0,
      0,
      '',
    ]);
    expect(await failure(`new Blob('text')`)).toMatch('expected a list of parts');
  });

  it('do not change with what they were made of, nor with what they gave', async () => {
    expect(
      await evaluate(`(async () => {
        const bytes = new Uint8Array([1]);
        const blob = new Blob([bytes]);
        bytes[0] = 2;
        (await blob.bytes())[0] = 3;
        for await (const chunk of blob.stream()) chunk[0] = 4;
        new Response(blob).body[0] = 5;
        return [...await blob.bytes()];
      })()`),
    ).toEqual([1]);
  });
});

describe('FormData (xhr.spec.whatwg.org#interface-formdata)', () => {
  it('keeps entries in order', async () => {
    expect(
      await evaluate(`(() => {
        const form = new FormData();
        form.append('a', 1); form.append('b', 'x'); form.append('a', '2'); form.append('c', new Blob(['y']));
        form.append('d', new File(['z'], 'f.txt'), 'other.txt'); form.set('a', '3'); form.set('e', 'new'); form.delete('b');
        const seen = [];
        form.forEach((value, name) => seen.push(name));
        return [[...form].map(([name, value]) => [name, value.name ?? value]), form.get('a'), form.get('none'), form.getAll('a'), form.has('b'),
          [...form.keys()], seen, form.get('c') instanceof File];
      })()`),
    ).toEqual([
      [
        ['a', '3'],
        ['c', 'blob'],
        ['d', 'other.txt'],
        ['e', 'new'],
      ],
      '3',
      null,
      ['3'],
      false,
      ['a', 'c', 'd', 'e'],
      ['a', 'c', 'd', 'e'],
      true,
    ]);
  });

  it('goes out and comes back as multipart/form-data, whatever is in it', async () => {
    expect(
      await evaluate(`(async () => {
        const form = new FormData();
        form.append('plain', 'é\\r\\n--x');
        form.append('na"me\\r\\n', 'lines\\nof\\rtext');
        form.append('file', new File([new Uint8Array([0, 13, 10, 45, 45, 255])], 'ü "q".bin', { type: 'a/b' }));
        form.append('empty', '');
        form.append('none', new Blob([]), '');
        const response = new Response(form);
        const back = await response.formData();
        const file = back.get('file');
        return [response.headers.get('content-type').split('-form-')[0], [...back.keys()], back.get('plain'), back.get('na"me\\r\\n'), file.name,
          file.type, [...await file.bytes()], back.get('empty'), back.get('none').size, back.get('none').type];
      })()`),
    ).toEqual([
      'multipart/form-data; boundary=----wws',
      ['plain', 'na"me\r\n', 'file', 'empty', 'none'],
      'é\r\n--x',
      'lines\r\nof\r\ntext',
      'ü "q".bin',
      'a/b',
      [0, 13, 10, 45, 45, 255],
      '',
      0,
      'application/octet-stream',
    ]);
  });

  it('is read from a request that a browser or curl sent', async () => {
    const parts = [
      'preamble, to be ignored\r\n--AaB03x',
      'Content-Disposition: form-data; name="text"\r\n\r\nJoe\r\n--AaB03x',
      'content-disposition:form-data; filename="a.txt"; name="file"\r\nContent-Type: text/html\r\n\r\n<p>\r\n\r\n--AaB03x',
      'Content-Disposition: form-data; name=bare; filename=b\r\nX-Other: 1\r\n\r\n\r\n--AaB03x--\r\nepilogue',
    ];
    expect(
      await evaluate(
        `request.formData().then(async (form) => Promise.all([...form].map(async ([name, value]) =>
          typeof value === 'string' ? [name, value] : [name, value.name, value.type, await value.text()])))`,
        {
          method: 'POST',
          headers: { 'content-type': 'multipart/form-data; charset=x; boundary="AaB03x"' },
          body: parts.join('\r\n'),
        },
      ),
    ).toEqual([
      ['text', 'Joe'],
      ['file', 'a.txt', 'text/html', '<p>\r\n'],
      ['bare', 'b', 'text/plain', ''],
    ]);
  });

  it("is read from a form in a URL's manner", async () => {
    expect(
      await evaluate(`request.formData().then((form) => [...form])`, {
        headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
        body: 'a=1+2&b=%C3%A9&a=',
      }),
    ).toEqual([
      ['a', '1 2'],
      ['b', 'é'],
      ['a', ''],
    ]);
  });

  it.each([
    ['text/plain', 'x', 'the content type is text/plain'],
    ['multipart/form-data', 'x', 'no boundary'],
    ['multipart/form-data; boundary=b', '', 'ends too early'],
    [
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: form-data; name="a"\r\n\r\nx',
      'ends too early',
    ],
    ['multipart/form-data; boundary=b', '--b\r\ncontent-disposition: form-data; name="a"', 'ends too early'],
    ['multipart/form-data; boundary=b', '--bx\r\n', 'a part has no head'],
    ['multipart/form-data; boundary=b', '--b\r\n\r\nx\r\n--b--', 'a part has no name'],
    [
      'multipart/form-data; boundary=b',
      '--b\r\ncontent-disposition: attachment; name="a"\r\n\r\nx\r\n--b--',
      'a part has no name',
    ],
  ])('refuses %s of %j', async (type, body, message) => {
    expect(
      await evaluate(`request.formData().catch((error) => error.message)`, {
        headers: { 'content-type': type },
        body,
      }),
    ).toMatch(message);
  });
});

describe('bodies (fetch.spec.whatwg.org#bodies)', () => {
  it('have a content type by their kind, unless they are given one', async () => {
    expect(
      await evaluate(`[new URLSearchParams('a=b'), new Blob(['x'], { type: 'a/b' }), new Blob(['x']), 'text', new Uint8Array(1)].map((body) =>
        [new Response(body).headers.get('content-type'), new Request('http://h/', { method: 'POST', body }).headers.get('content-type'),
          new Response(body, { headers: { 'content-type': 'x/y' } }).headers.get('content-type')])`),
    ).toEqual([
      [
        'application/x-www-form-urlencoded;charset=UTF-8',
        'application/x-www-form-urlencoded;charset=UTF-8',
        'x/y',
      ],
      ['a/b', 'a/b', 'x/y'],
      [null, null, 'x/y'],
      [null, 'text/plain;charset=UTF-8', 'x/y'],
      [null, null, 'x/y'],
    ]);
  });

  it('are read in every form, streams once', async () => {
    expect(
      await evaluate(`(async () => {
        const stream = () => new Response(new Blob(['{"a":', '1}']).stream(), { headers: { 'content-type': 'x/y' } });
        const [blob, read] = [await stream().blob(), stream()];
        const before = read.bodyUsed;
        return [await stream().text(), await stream().json(), (await stream().arrayBuffer()).byteLength, (await stream().bytes()).length,
          blob.type, await blob.text(), before, await read.text(), read.bodyUsed, await read.text().catch((e) => e.message), new Response('x').bodyUsed];
      })()`),
    ).toEqual([
      '{"a":1}',
      { a: 1 },
      7,
      7,
      'x/y',
      '{"a":1}',
      false,
      '{"a":1}',
      true,
      'Cannot read the body: its stream was used already',
      false,
    ]);
  });

  it('that are streams are cloned by a tee', async () => {
    expect(
      await evaluate(`(async () => {
        const made = [new Response(new Blob(['x']).stream()), new Request('http://h/', { method: 'POST', body: new Blob(['y']).stream() })];
        const texts = [];
        for (const one of made) { const clone = one.clone(); texts.push(await clone.text(), await one.text()); }
        return texts;
      })()`),
    ).toEqual(['x', 'x', 'y', 'y']);
  });

  it('of requests that a worker makes are streams, of the one it was given and its copies text', async () => {
    expect(
      await evaluate(
        `(async () => {
          const make = (body) => new Request('http://h/', { method: 'POST', body });
          const [unread, read] = [make('é'), make('é')];
          const chunks = [];
          for await (const chunk of read.body) chunks.push([...chunk]);
          const copy = new Request(make('copied'));
          return [make().body, await unread.text(), await unread.text(), chunks, read.bodyUsed, await read.text().catch((e) => e.message),
            await copy.clone().text(), await copy.body.pipeThrough(new TextDecoderStream()).getReader().read(),
            request.body, request.clone().body, new Request(request, { method: 'PUT' }).body, request.bodyUsed];
        })()`,
        { method: 'POST', body: 'given' },
      ),
    ).toEqual([
      null,
      'é',
      'é',
      [[0xc3, 0xa9]],
      true,
      'Cannot read the body: its stream was used already',
      'copied',
      { value: 'copied', done: false },
      'given',
      'given',
      'given',
      false,
    ]);
  });

  it('refuse a stream that was used', async () => {
    const used = `const s = new Blob(['x']).stream(); s.getReader();`;
    expect(await failure(`(() => { ${used} return new Response(s) })()`)).toBe(
      'Cannot take the body: its stream was used already',
    );
    expect(await failure(`new Response(ReadableStream.from(['text'])).text()`)).toMatch(
      'a chunk that is no Uint8Array',
    );
  });
});

describe('an answer that is a stream', () => {
  const answer = async (source: string, limits = {}): Promise<GuestResult> => {
    const guest = await loadWorkerGuest(`export default (request) => { ${source} };`, { limits });
    return await guest.handle(request(), new HeldHost());
  };

  it('goes out whole where nobody has to wait for a part of it', async () => {
    const result = await answer(`let n = 0;
      return new Response(new ReadableStream({ async pull(c) {
        if (++n > 3) c.close(); else c.enqueue(new TextEncoder().encode(n + 'é,'));
      } }), { status: 201, headers: { a: 'b' } });`);
    expect(shown(result)).toMatchObject({ status: 201, headers: { a: 'b' }, body: '1é,2é,3é,' });
    expect(result).not.toHaveProperty('rest');
    expect(result).not.toHaveProperty('response.streams');
  });

  it('may be written to after the handler returned', async () => {
    const result = await answer(`const { readable, writable } = new TextEncoderStream();
      const writer = writable.getWriter();
      (async () => { for (const word of ['one ', 'two']) await writer.write(word); await writer.close(); })();
      return new Response(readable);`);
    expect(shown(result)).toMatchObject({ body: 'one two' });
  });

  it('that fails, or gives something else than bytes, fails the request', async () => {
    expect(
      shown(
        await answer(`return new Response(new ReadableStream({ pull() { throw new Error('broken') } }));`),
      ),
    ).toMatchObject({
      failure: "Couldn't process the response from the handler: Error: broken",
    });
    expect(shown(await answer(`return new Response(ReadableStream.from(['text']));`))).toMatchObject({
      failure: expect.stringContaining('a chunk that is no Uint8Array'),
    });
  });

  it('that never ends is stopped when it is longer than it may be', async () => {
    const result = await answer(
      `return new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1000)); } }));`,
      { output: 10_000 },
    );
    expect(result).toMatchObject({
      ok: false,
      reason: 'Stopped: answered more than 10000 bytes',
      limits: ['output'],
    });
  });

  it('that nobody writes to fails at once', async () => {
    const guest = await loadWorkerText(`export default () => new Response(new TransformStream().readable);`);
    expect(shown(guest.handle(request()))).toMatchObject({
      failure: 'The stream of a response never ended',
    });
  });
});

describe('bodies of fetch()', () => {
  it('go out as what they hold, streams whole', async () => {
    const guest = await loadWorkerGuest(`export default async () => {
      const form = new FormData();
      form.append('a', 'b');
      await Promise.all([new Blob(['blob'], { type: 'x/y' }), new Blob(['stream']).stream(), form].map((body) =>
        fetch('https://a.test/', { method: 'POST', body })));
      return new Response('');
    }`);
    const host = new HeldHost();
    const result = guest.handle(request(), host);
    const sent = host.questions.map(({ request: { body, headers } }) => [
      Buffer.from(body ?? '').toString(),
      headers[0]?.[1],
    ]);
    for (const question of host.questions) question.answer(reply(''));
    await result;
    expect(sent).toEqual(
      expect.arrayContaining([
        ['blob', 'x/y'],
        ['stream', undefined],
        [
          expect.stringMatching(/^------wws-form-\w{32}\r\n[\s\S]*\r\n\r\nb\r\n------wws-form-\w{32}--\r\n$/),
          expect.stringMatching('multipart/form-data; b'),
        ],
      ]),
    );
  });

  it('come back as bytes that can be read as a stream too', async () => {
    const guest = await loadWorkerGuest(`export default async () => {
      const get = () => fetch('https://a.test/');
      const piped = (await get()).body.pipeThrough(new TextDecoderStream());
      let text = '';
      for await (const chunk of piped) text += chunk;
      const { body } = await get();
      const first = await body.getReader().read();
      const passed = await get();
      return Response.json([text, first.done, first.value.length, body instanceof Uint8Array, body.length, body.slice(1).length,
        await new Response(passed.body, passed).text(), await (await get()).blob().then((b) => b.type), (await get()).type]);
    }`);
    const host = new HeldHost();
    const result = guest.handle(request(), host);
    for (const question of host.questions) {
      question.answer(reply('hé!', { headers: [['content-type', 'a/b']] }));
      await new Promise(setImmediate);
    }
    const answer = shown(await result);
    expect(JSON.parse('body' in answer ? answer.body : answer.stderr)).toEqual([
      'hé!',
      false,
      4,
      true,
      4,
      3,
      'hé!',
      'a/b',
      'basic',
    ]);
  });
});
