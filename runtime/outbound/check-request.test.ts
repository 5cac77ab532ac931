import { describe, expect, it } from 'vitest';
import { checkUri, checkUrl } from './check-request.ts';
import { type HttpPolicy, NO_REQUESTS } from './http-policy.ts';

function checked(uri: string, { method = 'GET', ...parts }: Partial<HttpPolicy> & { method?: string } = {}) {
  const policy = { ...NO_REQUESTS, ...parts };
  const refused = checkUri(policy, uri, method);
  return refused === undefined ? 'allowed' : [refused.code, refused.message];
}

function hostRefused(host: string) {
  return [
    'not-allowed',
    `The host '${host}' is not allowed for this worker. Please, update the worker configuration.`,
  ];
}

const EXAMPLE = { allowedHosts: ['example.org'] };

describe('wws §2.4 the policy of outbound requests', () => {
  it('allows no host by default, and exactly the listed ones otherwise', () => {
    expect(checked('https://example.org/')).toEqual(hostRefused('example.org'));
    expect(checked('https://example.org/', EXAMPLE)).toBe('allowed');
    expect(checked('https://www.example.org/', EXAMPLE)).toEqual(hostRefused('www.example.org'));
    expect(checked('https://example.org.evil.test/', EXAMPLE)).toEqual(hostRefused('example.org.evil.test'));
    expect(
      checked('https://a.test/', { allowedHosts: ['*', '*.test', 'https://a.test', 'a.test/x', ''] }),
    ).toEqual(hostRefused('a.test'));
  });

  it('asks for the host first, then the scheme, then the method', () => {
    const bad = { method: 'HEAD' };
    const scheme = 'The URI must use HTTPS. You can allow http requests in the worker configuration';
    const method = `The method 'HEAD' is not allowed for this worker. Please, update the configuration.`;
    expect(checked('http://a.test/', { ...EXAMPLE, ...bad })).toEqual(hostRefused('a.test'));
    expect(checked('http://example.org/', { ...EXAMPLE, ...bad })).toEqual(['not-allowed', scheme]);
    expect(checked('http://example.org/', { ...EXAMPLE, ...bad, allowHttp: true })).toEqual([
      'not-allowed',
      method,
    ]);
    expect(checked('https://example.org/', { ...EXAMPLE, ...bad, allowedMethods: ['HEAD'] })).toBe('allowed');
    expect(checked('https://example.org/', { ...EXAMPLE, method: 'get' })).toMatchObject([
      'not-allowed',
      /'get'/,
    ]);
  });

  it('refuses URIs that are none as wws did', () => {
    expect(checked('')).toEqual(['invalid-request', 'empty string']);
    expect(checked('http://a b/')).toEqual(['invalid-request', 'invalid uri character']);
    expect(checked('https://exämple.org/', EXAMPLE)).toEqual(['invalid-request', 'invalid uri character']);
    expect(checked('https://example.org:port/', EXAMPLE)).toEqual(['invalid-request', 'invalid authority']);
    expect(checked('a/b')).toEqual(['invalid-request', 'invalid format']);
    expect(checked('example.org')).toEqual(hostRefused('example.org'));
    expect(checked('/x')).toEqual(['internal-error', 'builder error: relative URL without a base']);
    expect(checked('/x', { method: 'HEAD' })).toMatchObject(['not-allowed', /'HEAD'/]);
  });

  it('takes methods of any name that is a token, but none that makes something else of a connection', () => {
    const allowedMethods = ['PROPFIND', 'CONNECT', 'TRACE', 'a b', ''];
    expect(checked('https://example.org/', { ...EXAMPLE, allowedMethods, method: 'PROPFIND' })).toBe(
      'allowed',
    );
    for (const method of ['CONNECT', 'TRACE', 'a b', '', 'GET\r\nx: y']) {
      const expected = ['invalid-request', 'invalid HTTP method'];
      expect(checked('https://example.org/', { ...EXAMPLE, allowedMethods, method })).toEqual(expected);
    }
  });
});

describe('attack 55: hosts in other spellings', () => {
  const loopback = { allowedHosts: ['127.0.0.1', '::1'] };

  it.each(['0x7f.1', '2130706433', '127.1', '0177.0.0.1', '127.0.0.1.', '127.0.0.1'])(
    '%s is 127.0.0.1',
    (host) => {
      expect(checked(`https://${host}/`, EXAMPLE)).toEqual(hostRefused('127.0.0.1'));
      expect(checked(`https://${host}/`, loopback)).toBe('allowed');
    },
  );

  it('compares IPv6 literals in one spelling', () => {
    expect(checked('https://[0:0::1]/', loopback)).toBe('allowed');
    expect(checked('https://[::ffff:127.0.0.1]/', loopback)).toEqual(hostRefused('[::ffff:7f00:1]'));
    expect(checked('https://[::]/', loopback)).toEqual(hostRefused('[::]'));
    expect(checked('https://0.0.0.0/', loopback)).toEqual(hostRefused('0.0.0.0'));
  });

  it('is not taken in by user names, backslashes, dots at the end and letters of other scripts', () => {
    expect(checked('https://example.org@evil.test/', EXAMPLE)).toEqual(hostRefused('evil.test'));
    expect(checked('https://example.org:443@evil.test/', EXAMPLE)).toEqual(hostRefused('evil.test'));
    expect(checked('https://evil.test#@example.org/', EXAMPLE)).toEqual(hostRefused('evil.test'));
    expect(checked('https://evil.test\\@example.org/', EXAMPLE)).toEqual([
      'invalid-request',
      'invalid uri character',
    ]);
    expect(
      checkUrl({ ...NO_REQUESTS, ...EXAMPLE }, new URL('https://evil.test\\@example.org/'), 'GET'),
    ).toBeDefined();
    expect(checked('https://example.org./', EXAMPLE)).toEqual(hostRefused('example.org.'));
    expect(checked('https://EXAMPLE.org/', EXAMPLE)).toBe('allowed');
    const cyrillic = new URL('https://ex\u0430mple.org/');
    expect(checkUrl({ ...NO_REQUESTS, ...EXAMPLE }, cyrillic, 'GET')).toMatchObject({ code: 'not-allowed' });
  });

  it('takes a name in the list by its punycode', () => {
    const policy = { allowedHosts: ['bücher.test'] };
    expect(checked('https://xn--bcher-kva.test/', policy)).toBe('allowed');
    expect(checked('https://bcher.test/', policy)).toEqual(hostRefused('bcher.test'));
  });
});

describe('attack 56: ports', () => {
  it('a host that is listed with a port allows that port alone', () => {
    const policy = { allowedHosts: ['a.test:8443', 'b.test:443', 'c.test:80', '[::1]:99'], allowHttp: true };
    const results = [
      'https://a.test:8443/',
      'https://a.test/',
      'https://b.test/',
      'https://b.test:8443/',
      'http://c.test/',
      'http://[::1]:99/',
      'http://[::1]/',
    ].map((uri) => checked(uri, policy) === 'allowed');
    expect(results).toEqual([true, false, true, false, true, true, false]);
  });

  it('a host that is listed without one allows every port, as in wws', () => {
    expect(checked('https://example.org:8443/', EXAMPLE)).toBe('allowed');
  });
});

describe('attack 57: schemes', () => {
  it.each([
    'gopher://example.org/',
    'ftp://example.org/',
    'unix://example.org/x',
    'ws://example.org/',
    'file:///etc/passwd',
    'file://example.org/etc/passwd',
  ])('%s is refused', (uri) => {
    const scheme = uri.split(':', 1)[0];
    expect(checked(uri, { ...EXAMPLE, allowHttp: true })).toEqual([
      'invalid-request',
      `The scheme '${scheme}' is neither https nor http`,
    ]);
  });

  it.each([
    'unix:/run/docker.sock',
    'data:text/plain,x',
    'javascript:1',
    'https:example.org',
    'blob:https://example.org/x',
  ])('%s is refused', (uri) => {
    expect(checked(uri, EXAMPLE)).toMatchObject([
      expect.stringMatching(/^(invalid-request|not-allowed)$/),
      expect.any(String),
    ]);
  });
});
