import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeResponse, EnvelopeError, encodeRequest } from './envelope.ts';

const complete = { data: 'x', headers: {}, status: 200, kv: {} };

function decode(answer: unknown): ReturnType<typeof decodeResponse> {
  return decodeResponse(Buffer.from(JSON.stringify(answer)));
}

function decodeText(text: string): ReturnType<typeof decodeResponse> {
  return decodeResponse(Buffer.from(text));
}

describe('wws §1.2 the answer on stdout: decodeResponse()', () => {
  it.each(['data', 'headers', 'status', 'kv'])('refuses an answer without %s', (key) => {
    const answer = Object.fromEntries(Object.entries(complete).filter(([name]) => name !== key));
    expect(() => decode(answer)).toThrow(`"${key}" is nothing`);
  });

  it.each([
    ['data', 1],
    ['data', null],
    ['headers', []],
    ['headers', { a: 1 }],
    ['headers', { a: ['x', 1] }],
    ['headers', { a: { b: 'x' } }],
    ['kv', { n: 1 }],
    ['kv', null],
    ['status', '200'],
    ['status', 200.5],
    ['status', -1],
    ['status', 65536],
    ['base64', 'yes'],
    ['base64', null],
  ])('refuses %s of %j', (key, value) => {
    expect(() => decode({ ...complete, [key]: value })).toThrow(EnvelopeError);
  });

  it.each([
    [0, 200],
    [99, 200],
    [100, 100],
    [418, 418],
    [999, 999],
    [1000, 200],
    [65535, 200],
  ])('takes status %d as %d', (given, taken) => {
    expect(decode({ ...complete, status: given }).status).toBe(taken);
  });

  it('wws §12 takes a list for a header that repeats', () => {
    const headers = { 'set-cookie': ['a=1', 'b=2'], x: 'y', none: [] };
    expect({ ...decode({ ...complete, headers }).headers }).toEqual(headers);
  });

  it('ignores keys it does not know and white space around the object', () => {
    expect(decodeText(` \n${JSON.stringify({ ...complete, more: [1] })}\r\n`).status).toBe(200);
  });

  it.each(['', '{', '[]', 'null', '1', '{}{}', 'debug\n{}', '\ufeff{}'])('refuses %j', (text) => {
    expect(() => decodeText(text)).toThrow(EnvelopeError);
  });

  it('refuses what is not UTF-8', () => {
    const bytes = Buffer.from(JSON.stringify(complete).replace('x', '?'));
    bytes[bytes.indexOf('?')] = 0xff;
    expect(() => decodeResponse(bytes)).toThrow(EnvelopeError);
  });

  it('refuses nesting a hundred thousand deep', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
    expect(() => decodeText(`{"data":${deep},"headers":{},"status":200,"kv":{}}`)).toThrow(EnvelopeError);
  });

  it('takes __proto__ for a name like any other', () => {
    const { headers } = decodeText('{"data":"","headers":{"__proto__":"p"},"status":200,"kv":{}}');
    expect(Object.entries(headers)).toEqual([['__proto__', 'p']]);
    expect(Object.entries(structuredClone(headers))).toEqual([['__proto__', 'p']]);
    expect(() => decodeText('{"__proto__":{"data":"x"},"headers":{},"status":200,"kv":{}}')).toThrow(
      '"data" is nothing',
    );
  });

  it('wws §1.5 takes the name that "data" had before version 0.6', () => {
    const { body } = decode({ body: 'old', headers: {}, status: 200, kv: {} });
    expect(Buffer.from(body).toString()).toBe('old');
  });

  it.each(['YWI', 'YW I=', 'YWI=\n', 'YWI-', 'YWJ='])('refuses %j as base64', (data) => {
    expect(() => decode({ ...complete, data, base64: true })).toThrow('"data" is not base64');
  });

  it('decodes every body a worker may send as base64', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const data = Buffer.from(bytes).toString('base64');
        expect(Buffer.from(decode({ ...complete, data, base64: true }).body)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('answers or refuses whatever it is given', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
        try {
          decodeResponse(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(EnvelopeError);
        }
      }),
    );
  });
});

describe('wws §1.1 the request on stdin: encodeRequest()', () => {
  it('writes one line that reads back as the request', () => {
    const text = fc.string({ unit: 'binary' });
    const map = fc.dictionary(text, text, { noNullPrototype: true });
    const request = fc.record({ url: text, method: text, headers: map, body: text, kv: map, params: map });
    fc.assert(
      fc.property(request, (given) => {
        const line = Buffer.from(encodeRequest(given, { binaryBodies: false })).toString();
        expect(line).not.toContain('\n');
        expect(JSON.parse(line)).toEqual(given);
      }),
    );
  });

  it('has exactly six keys, in the order of wws, and {} and "" for what is not there', () => {
    const bare = { url: 'http://h/', method: 'GET', headers: {}, body: '', kv: {}, params: {} };
    expect(Buffer.from(encodeRequest(bare, { binaryBodies: true })).toString()).toBe(
      '{"url":"http://h/","method":"GET","headers":{},"body":"","kv":{},"params":{}}',
    );
  });

  it('wws §12 hands over a body that is no text where that is asked for, as base64 with a key that says so', () => {
    const bytes = new Uint8Array([0xff]);
    const request = { url: '', method: '', headers: {}, body: '', bytes, kv: {}, params: {} };
    const read = (binaryBodies: boolean): object =>
      JSON.parse(Buffer.from(encodeRequest(request, { binaryBodies })).toString());
    expect(read(true)).toMatchObject({ body: '/w==', base64: true });
    expect(read(false)).toEqual({ url: '', method: '', headers: {}, body: '', kv: {}, params: {} });
  });
});
