import { describe, expect, it } from 'vitest';
import { streamValue as value } from './testdata/stream-value.ts';

describe('TransformStream (streams.spec.whatwg.org#ts-class)', () => {
  it.each<[string, string, unknown]>([
    ['passes chunks on', `all(of(1, 2).pipeThrough(new TransformStream()))`, [1, 2]],
    [
      'makes chunks of chunks, and some at its end',
      `all(of(1, 2).pipeThrough(new TransformStream({
        start(c) { c.enqueue('start'); }, transform(n, c) { for (let i = 0; i < n; i++) c.enqueue(n); }, async flush(c) { c.enqueue('end'); } })))`,
      ['start', 1, 2, 2, 'end'],
    ],
    [
      'holds its writer up while nobody reads',
      `(async () => {
        const { readable, writable } = new TransformStream();
        const writer = writable.getWriter();
        const written = writer.write(1).then(() => steps.push('written'));
        await null; await null; await null;
        steps.push('reading');
        const { value } = await readable.getReader().read();
        await written;
        return [value, steps];
      })()`,
      [1, ['reading', 'written']],
    ],
    [
      'fails on both sides',
      `(async () => {
        const { readable, writable } = new TransformStream({ transform() { throw new Error('bad'); } });
        const writer = writable.getWriter();
        return Promise.all([failure(writer.write(1)), failure(all(readable)), failure(writer.closed)]);
      })()`,
      ['bad', 'bad', 'bad'],
    ],
    [
      'ends early by terminate()',
      `(async () => {
        const { readable, writable } = new TransformStream({ transform(n, c) { c.enqueue(n); if (n === 2) c.terminate(); } });
        return [await all(of(1, 2, 3).pipeThrough({ readable, writable }))];
      })()`,
      [[1, 2]],
    ],
    [
      'tells its transformer of a cancel and of an abort',
      `(async () => {
        const make = () => new TransformStream({ cancel(reason) { steps.push(reason); } });
        await make().readable.cancel('cancel');
        await make().writable.abort('abort');
        return steps;
      })()`,
      ['cancel', 'abort'],
    ],
    [
      'decodes and encodes text, also where characters are cut',
      `(async () => {
        const bytes = new TextEncoder().encode('\\ufeffa🎉é');
        const cut = ReadableStream.from([...bytes].map((byte) => new Uint8Array([byte])));
        const text = await all(cut.pipeThrough(new TextDecoderStream()));
        const back = await all(ReadableStream.from(['a\\ud83c', '\\udf89', 'x\\ud83c']).pipeThrough(new TextEncoderStream()));
        return [text, new TextDecoder().decode(new Uint8Array(back.flatMap((part) => [...part])))];
      })()`,
      [['a', '🎉', 'é'], 'a🎉x\ufffd'],
    ],
    [
      'fails for bad bytes where that is fatal',
      `Promise.all([[0xff], [0xe2]].map((bytes) => failure(all(
        ReadableStream.from([new Uint8Array(bytes)]).pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))))))`,
      ['Cannot decode: the bytes are not utf-8', 'Cannot decode: the bytes are not utf-8'],
    ],
  ])('%s', async (_title, expression, expected) => {
    expect(await value(expression)).toEqual(expected);
  });
});
