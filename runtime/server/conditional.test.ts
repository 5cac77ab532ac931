import { describe, expect, it } from 'vitest';
import { judge, type Representation } from './conditional.ts';

const NOW = 1_700_000_000;
const FILE: Representation = { size: 10, etag: '"e"', modified: NOW };

function date(seconds: number): string {
  return new Date(seconds * 1000).toUTCString();
}

describe('wws §8 static files: judge()', () => {
  it.each([
    [{ 'if-none-match': '"e"' }, 304],
    [{ 'if-none-match': 'W/"e"' }, 304],
    [{ 'if-none-match': '"x", "e"' }, 304],
    [{ 'if-none-match': '*' }, 304],
    [{ 'if-none-match': '"x"' }, 200],
    [{ 'if-none-match': 'e' }, 200],
    // The tag counts for more than the date.
    [{ 'if-none-match': '"x"', 'if-modified-since': date(NOW) }, 200],
    [{ 'if-modified-since': date(NOW) }, 304],
    [{ 'if-modified-since': date(NOW - 1) }, 200],
    [{ 'if-modified-since': 'yesterday' }, 200],
    [{ 'if-match': '"e"' }, 200],
    [{ 'if-match': 'W/"e"' }, 412],
    [{ 'if-match': '"x"' }, 412],
    [{ 'if-unmodified-since': date(NOW) }, 200],
    [{ 'if-unmodified-since': date(NOW - 1) }, 412],
  ])('of %j is %i', (headers, status) => {
    for (const method of ['GET', 'HEAD']) expect(judge(method, headers, FILE).status).toBe(status);
  });

  it.each([
    ['bytes=0-0', { status: 206, start: 0, end: 0 }],
    ['bytes=2-', { status: 206, start: 2, end: 9 }],
    ['bytes=2-99', { status: 206, start: 2, end: 9 }],
    ['bytes=-4', { status: 206, start: 6, end: 9 }],
    ['bytes=-99', { status: 206, start: 0, end: 9 }],
    ['Bytes=1-1', { status: 206, start: 1, end: 1 }],
    ['bytes=10-', { status: 416 }],
    ['bytes=-0', { status: 416 }],
    ['bytes=5-2', { status: 200 }],
    ['bytes=0-1,3-4', { status: 200 }],
    ['bytes=-', { status: 200 }],
    ['bytes=a-b', { status: 200 }],
    ['lines=0-1', { status: 200 }],
    ['bytes=99999999999999999999-', { status: 416 }],
  ])('of the range %s is %j', (range, verdict) => {
    expect(judge('GET', { range }, FILE)).toEqual(verdict);
    expect(judge('HEAD', { range }, FILE)).toEqual({ status: 200 });
  });

  it.each([
    ['"e"', 206],
    ['"x"', 200],
    ['W/"e"', 200],
    [date(NOW), 206],
    [date(NOW - 1), 200],
    ['nonsense', 200],
  ])('sends a range if it is still of %s: %i', (ifRange, status) => {
    expect(judge('GET', { range: 'bytes=0-1', 'if-range': ifRange }, FILE).status).toBe(status);
  });

  it('passes over dates where the time of the file means nothing', () => {
    const file = { ...FILE, modified: undefined };
    for (const name of ['if-modified-since', 'if-unmodified-since']) {
      expect(judge('GET', { [name]: date(NOW) }, file).status).toBe(200);
    }
  });
});
