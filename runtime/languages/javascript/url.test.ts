import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ImmediateGuest } from '#runtime/worker/testdata/asking.ts';
import { loadWorkerText, request } from './worker-fixture.ts';

/** Node's own URL is the judge: the guest's must see the same parts, or refuse the same texts. */
type Case = readonly [input: string, base?: string];

const PARTS = [
  'href',
  'origin',
  'protocol',
  'username',
  'password',
  'host',
  'hostname',
  'port',
  'pathname',
  'search',
  'hash',
] as const;

let guest: ImmediateGuest;

beforeAll(async () => {
  guest = await loadWorkerText(`
    const PARTS = ${JSON.stringify(PARTS)};
    const read = ([input, base]) => {
      const url = URL.parse(input, base ?? undefined);
      return url && [...PARTS.map((part) => url[part]), [...url.searchParams]];
    };
    export default ({ body }) => Response.json(JSON.parse(body).map(read));`);
});

function read(cases: readonly Case[]): unknown[] {
  const result = guest.handle(request({ body: JSON.stringify(cases) }));
  if (!result.ok) throw new Error(Buffer.from(result.stderr).toString());
  return JSON.parse(Buffer.from(result.response.body).toString()) as unknown[];
}

function expected([input, base]: Case): unknown {
  const url = URL.parse(input, base);
  return url && [...PARTS.map((part) => url[part]), [...url.searchParams]];
}

function expectAlike(cases: readonly Case[]): void {
  const results = read(cases);
  for (const [index, one] of cases.entries()) expect([one, results[index]]).toEqual([one, expected(one)]);
}

describe('URL', () => {
  it('reads absolute URLs as Node does', () => {
    expectAlike(
      [
        'http://localhost:3000/hello?name=you#top',
        'https://user:pa%20ss@Example.ORG:443/a/./b/../c/%2e%2E/d?x=1&y=%20&z=a+b&w',
        'HTTP://EXAMPLE.org:0080',
        'http:example.org',
        'http:///example.org/x',
        'http:\\\\example.org\\a\\b',
        '  http://example.org/\t\na b"<>`{}^|\\\' ',
        'http://example.org/?q=a b"<>`{}\'#a b"<>`{}',
        'http://exa%6Dple.org/ä/🎉?ä=🎉#ü',
        'http://example.org',
        'https://example.org:443/a/b.c?d=e&f=%20?',
        'http://example.org:0080/a/./b',
        'http://example.org/a/%2E%2e/b',
        'http://example.org//a//?',
        'http://example.org/.a/..b/.',
        'http://a.0x1/',
        'http://1.2.3/',
        'http://a.1b/',
        'http://a..b/',
        'http://example.org./',
        'http://example.org:99999/',
        'http://192.168.0.1./',
        'http://0x7f.1/',
        'http://017700000001/',
        'http://256.1.1.1/',
        'http://1.2.3.4.5/',
        'http://999999999999/',
        'http://[::1]:8080/x',
        'http://[2001:DB8::1]/',
        'http://[nonsense]/',
        'http://a b/',
        'http://a<b/',
        'http://%00/',
        'http://@/',
        'http://user@/',
        'http://:80/',
        'http://example.org:65536/',
        'http://example.org:8a/',
        'http://a:b@c:d@e/',
        'ws://x/..//a',
        'file:///etc/passwd',
        'file://localhost/etc',
        'file://host/share',
        'mailto:me@example.org?subject=x y#z',
        'data:text/plain,a b#c',
        'javascript:alert(1)',
        'custom://Host:99/Path?q',
        'custom:/a/../b',
        'custom:',
        'a: #',
        'a:b  ?',
        'a:b ?q #x',
        'a:b ',
        'a.b-c+1://x',
        'nothing',
        '/path',
        '',
        '://x',
        'http://',
        'https://?x',
      ].map((input) => [input] as const),
    );
  });

  it('resolves against a base as Node does', () => {
    const bases = [
      'http://u:p@h.org:8080/a/b/c?q=1#f',
      'https://h.org',
      'custom://h/a/b',
      'mailto:x@y',
      'custom:/a/b',
    ];
    const inputs = [
      '',
      '?',
      '#',
      '?x=1',
      '#y',
      '.',
      './',
      '..',
      '../..',
      '../../../x',
      '/x',
      '//other/x',
      'x',
      'x/y/../z',
    ];
    const more = ['http:x', 'https:x', 'http://abs', '\\x', 'a:b', '/..', './/x', 'x?y#z', '%2e%2e/x'];
    expectAlike(bases.flatMap((base) => [...inputs, ...more].map((input) => [input, base] as const)));
  });

  it('agrees with Node about arbitrary URLs', () => {
    const piece = fc.constantFrom(
      ...[
        'a',
        'B',
        '1',
        '.',
        '..',
        '%2e',
        '/',
        '\\',
        '?',
        '#',
        ':',
        '@',
        '=',
        '&',
        '+',
        ' ',
        '%',
        '%4',
        "'",
        '"',
      ],
      ...['é', '|', '[', '<', '^', '~', ';', ','],
    );
    const tail = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''));
    const head = fc.constantFrom(
      'http://h',
      'http://h/',
      'https://h.org:1/a/',
      'custom://h/',
      'http://h/x?',
      'http://h/#',
    );
    const one = fc.tuple(head, tail).map(([start, rest]) => start + rest);
    const relative = fc.tuple(tail, fc.constant('http://h/a/b?c#d'));
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            one.map((url) => [url] as const),
            relative,
          ),
          { maxLength: 30 },
        ),
        (cases) => {
          // A host that is not ASCII is refused here, and mapped by Node.
          expectAlike(cases.filter(([input]) => !/^(\w+:)?[/\\]*[^/\\?#]*é/.test(input.replace(/^\s+/, ''))));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('refuses a host name outside ASCII', () => {
    expect(read([['http://bücher.example/']])).toEqual([null]);
  });

  it('changes by its setters as in Node', async () => {
    const changes: readonly (readonly [string, string])[] = [
      ['protocol', 'https'],
      ['protocol', 'custom:'],
      ['username', 'a b'],
      ['password', 'c:d'],
      ['host', 'other.org:99'],
      ['host', 'other.org'],
      ['hostname', 'third.org'],
      ['hostname', 'not valid'],
      ['port', '443'],
      ['port', ''],
      ['port', '99999'],
      ['port', '81x'],
      ['pathname', 'a b/../c'],
      ['pathname', ''],
      ['search', '?x=1 2'],
      ['search', ''],
      ['hash', 'h h'],
      ['hash', ''],
      ['href', 'https://new.org/x?y=z'],
    ];
    const start = 'http://user@example.org:8080/a/b?c=d#e';
    const setter = await loadWorkerText(`export default ({ body }) => Response.json(
      JSON.parse(body).map(([name, value]) => {
        const url = new URL('${start}');
        url[name] = value;
        return [url.href, [...url.searchParams]];
      }));`);
    const result = setter.handle(request({ body: JSON.stringify(changes) }));
    const wanted = changes.map(([name, value]) => {
      const url = new URL(start);
      Reflect.set(url, name, value);
      return [url.href, [...url.searchParams]];
    });
    expect(result.ok && JSON.parse(Buffer.from(result.response.body).toString())).toEqual(wanted);
  });
});

describe('URLSearchParams', () => {
  it('reads, changes and writes as in Node', async () => {
    const program = `
      const out = [];
      const url = new URL('http://h/?a=1&b=2&a=3&c');
      const params = url.searchParams;
      out.push(params.get('a'), params.get('x'), params.getAll('a'), params.has('c'), params.has('a', '9'), params.size);
      params.append('d e', 'ä&=+');
      out.push(url.href);
      params.set('a', '0');
      params.delete('b');
      params.delete('d e', 'other');
      out.push(String(params), url.search);
      params.sort();
      params.forEach((value, name) => out.push(name + value));
      out.push([...params.keys()], [...params.values()]);
      for (const name of [...params.keys()]) params.delete(name);
      out.push(url.href);
      out.push(String(new URLSearchParams({ x: 1, y: '!\\'()~*-._' })), String(new URLSearchParams([['p', 'q']])));
      out.push(String(new URLSearchParams('?%zz=%e4&+=%2B')), String(new URLSearchParams(params)));
      return out;`;
    const params = await loadWorkerText(`export default () => Response.json((() => {${program}})());`);
    const result = params.handle(request());
    const wanted = JSON.parse(JSON.stringify(new Function(program)()));
    expect(result.ok && JSON.parse(Buffer.from(result.response.body).toString())).toEqual(wanted);
  });
});
