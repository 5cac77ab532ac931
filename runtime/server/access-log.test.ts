import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { accessLine, refusedLine } from './access-log.ts';
import { Exchange } from './exchange.ts';

function exchange(url: string, statusCode: number): Exchange {
  const request = {
    method: 'GET',
    url,
    httpVersion: '1.1',
    headers: { 'user-agent': 'test', 'x-request-id': 'abc' },
    socket: { remoteAddress: '::ffff:10.0.0.7' },
  };
  const made = new Exchange(
    request as unknown as IncomingMessage,
    { statusCode } as unknown as ServerResponse,
    [],
    () => {},
  );
  made.bytes = 5;
  made.worker = { name: 'a.js', path: '/a', guest: 0, takesBytes: true };
  return made;
}

describe('accessLine()', () => {
  it('writes the line of wws where no person looks on', () => {
    expect(accessLine('text', exchange('/a?b', 200), 1.5)).toBe(
      '10.0.0.7 "GET /a?b HTTP/1.1" 200 5 "-" "test" 0.001500',
    );
  });

  it('writes columns for a person, in colours where they are wanted', () => {
    expect(accessLine('terminal', exchange('/a?b', 200), 1.53)).toBe('GET    200     1.5 ms  /a?b');
    expect(accessLine('colour', exchange('/a', 404), 1)).toBe('GET    \x1b[33m404\x1b[39m     1.0 ms  /a');
    expect(accessLine('terminal', exchange('/\x1b[2J', 200), 1)).toContain('/\\x1b[2J');
  });

  it('writes JSON with the worker and the id of the request', () => {
    expect(JSON.parse(accessLine('json', exchange('/a?b', 200), 1.5))).toEqual({
      type: 'access',
      id: 'abc',
      worker: 'a.js',
      address: '10.0.0.7',
      method: 'GET',
      target: '/a?b',
      status: 200,
      bytes: 5,
      ms: 1.5,
      agent: 'test',
    });
  });
});

describe('refusedLine()', () => {
  const refused = {
    address: '::ffff:10.0.0.7',
    status: 400,
    reason: 'Parse Error: \x1b',
    request: undefined,
  };

  it('has dashes where no request could be made out', () => {
    expect(refusedLine('text', refused)).toBe('10.0.0.7 "-" 400 0 "-" "-" 0.000000');
    expect(refusedLine('terminal', refused)).toBe('-      400     0.0 ms  (Parse Error: \\x1b)');
    expect(JSON.parse(refusedLine('json', refused))).toEqual({
      ...{ type: 'access', address: '10.0.0.7', status: 400, bytes: 0, reason: 'Parse Error: \x1b' },
    });
  });

  it('has the request where there is one, which cannot forge a line', () => {
    const request = { method: 'CONNECT', url: 'a"\n' };
    expect(refusedLine('text', { ...refused, request })).toBe(
      '10.0.0.7 "CONNECT a\\"\\x0a HTTP/1.1" 400 0 "-" "-" 0.000000',
    );
  });
});
