import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Router } from './match.ts';
import { compareRoutes } from './order.ts';
import { normalisePrefix, type Route, routeOfFile } from './route.ts';
import { parseTarget } from './target.ts';

function route(file: string): Route {
  const found = routeOfFile(file);
  if ('problem' in found) throw new Error(found.problem);
  return found;
}

function router(...files: string[]): Router<string> {
  return new Router(files.map((file) => ({ route: route(file), value: file })));
}

function ask(files: string[], target: string): { file: string; params: object } | undefined {
  const parsed = parseTarget(target);
  const match = parsed && router(...files).match(parsed.segments);
  return match && { file: match.value, params: match.params };
}

const PARAMS_PROJECT = [
  '[id].js',
  'fixed.js',
  '[id]/fixed.js',
  '[id]/sub.js',
  'sub/[id].js',
  'sub/[...all].js',
  'sub/sub/[...all].js',
];

/** target → file and params; the first eight are the published ones. */
const VECTORS: readonly [string[], string, string | undefined, object?][] = [
  [PARAMS_PROJECT, '/any', '[id].js', { id: 'any' }],
  [PARAMS_PROJECT, '/fixed', 'fixed.js', {}],
  [PARAMS_PROJECT, '/any/fixed', '[id]/fixed.js', { id: 'any' }],
  [PARAMS_PROJECT, '/any/sub', '[id]/sub.js', { id: 'any' }],
  [PARAMS_PROJECT, '/sub/any', 'sub/[id].js', { id: 'any' }],
  [PARAMS_PROJECT, '/sub/any/catch/all/routes', 'sub/[...all].js', { all: 'any/catch/all/routes' }],
  [PARAMS_PROJECT, '/sub/sub/any/catch/all/routes', 'sub/sub/[...all].js', { all: 'any/catch/all/routes' }],
  [PARAMS_PROJECT, '/donot/exist', undefined],
  [['index.js'], '/', 'index.js', {}],
  [['index.js'], '//', 'index.js', {}],
  [['about/index.js'], '/about/', 'about/index.js', {}],
  [['index/index/a.js'], '/a', 'index/index/a.js', {}],
  [['a.b.js'], '/a.b', 'a.b.js', {}],
  [['a.js'], '/A', undefined],
  [['a.js'], '/a?x=/b', 'a.js', {}],
  [['a.js'], 'http://host:1/a', 'a.js', {}],
  [['a b.js'], '/a%20b', 'a b.js', {}],
  [['é.js'], '/%C3%A9', 'é.js', {}],
  [['[id].js'], '/a%20b', '[id].js', { id: 'a b' }],
  [['[id].js'], '/a%2fb', '[id].js', { id: 'a%2Fb' }],
  [['[id].js'], '/100%', '[id].js', { id: '100%' }],
  [['[id].js'], '/a%ffb', '[id].js', { id: 'a\u{fffd}b' }],
  [['a/b.js', '[id].js'], '/a%2Fb', '[id].js', { id: 'a%2Fb' }],
  [['[...all].js'], '/', '[...all].js', { all: '' }],
  [['sub/[...all].js'], '/sub', undefined],
  [['[...all].js', '[id].js'], '/x', '[id].js', { id: 'x' }],
  [['a/[...t].js', '[x]/[y]/[...t].js'], '/a/b/c', '[x]/[y]/[...t].js', { x: 'a', y: 'b', t: 'c' }],
  [['a/[...t].js', '[x]/[y]/[...t].js'], '/a/b', 'a/[...t].js', { t: 'b' }],
  [['[a]/[c].js', '[b]/x.js'], '/1/x', '[a]/[c].js', { a: '1', c: 'x' }],
  [['a/[id].js', '[id]/b.js'], '/a/b', 'a/[id].js', { id: 'b' }],
  [['a/[id]/c.js', '[id]/b.js'], '/a/b', '[id]/b.js', { id: 'a' }],
  [['user-[id].js'], '/user-1', undefined],
  [['[__proto__].js'], '/x', '[__proto__].js', Object.fromEntries([['__proto__', 'x']])],
  [['a/b.js'], '/a//b', 'a/b.js', {}],
];

describe('wws §7.3 match: Router.match()', () => {
  it.each(VECTORS)('of %j sends %s to %s', (files, target, file, params) => {
    expect(ask(files, target)).toEqual(file === undefined ? undefined : { file, params });
  });

  it('names the routes that another one hides', () => {
    const both = router('about/index.js', 'about.js', '[a].js', '[b].js');
    expect(both.shadowed.map((entry) => entry.value)).toEqual(['about.js', '[b].js']);
    expect(both.match(['about'])?.value).toBe('about/index.js');
  });

  it('agrees with trying every route in order', () => {
    const text = fc.constantFrom('a', 'b', '[x]', '[y]');
    const file = fc
      .tuple(fc.array(text, { maxLength: 3 }), fc.constantFrom('a', '[x]', '[...t]', 'index'))
      .map(([directories, last]) => `${[...directories, last].join('/')}.js`);
    const request = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 5 });
    fc.assert(
      fc.property(fc.uniqueArray(file, { maxLength: 12 }), request, (files, segments) => {
        expect(router(...files).match(segments)?.value).toBe(oneByOne(files, segments));
      }),
    );
  });
});

/** The order of the specification, written as plainly as it can be. */
function oneByOne(files: readonly string[], segments: readonly string[]): string | undefined {
  const routes = files.map((file) => ({ file, route: route(file) }));
  routes.sort((a, b) => compareRoutes(a.route, b.route));
  return routes.find(({ route: { kind, segments: wanted } }) => {
    const root = kind === 'tail' && wanted.length === 1 && segments.length === 0;
    const enough = kind === 'tail' ? segments.length >= wanted.length : segments.length === wanted.length;
    return (
      root || (enough && wanted.every((one, index) => one.kind !== 'static' || one.text === segments[index]))
    );
  })?.file;
}

describe('wws §7.3 the path is decoded once: parseTarget()', () => {
  it.each(['*', '', 'a', '/..', '/a/../b', '/%2e%2e/x', '/.', '/a%00b', '/%2E/x', 'ftp://h/a'])(
    'refuses %j',
    (target) => {
      expect(parseTarget(target)).toBeUndefined();
    },
  );

  it('keeps the path encoded and merges its slashes', () => {
    expect(parseTarget('//a%20b///c/?q=%20#f')).toEqual({
      authority: undefined,
      path: '/a%20b/c',
      query: '?q=%20',
      segments: ['a b', 'c'],
    });
  });

  it('reads a path alike whether it is plain or has to be looked at closely', () => {
    const text = fc.string({ unit: fc.constantFrom('/', '.', '%', '2', 'f', '?', '#', '\0', 'a', 'ü') });
    fc.assert(
      fc.property(text, (rest) => {
        const closely = parseTarget(`http://h/${rest}`);
        expect(parseTarget(`/${rest}`)).toEqual(closely && { ...closely, authority: undefined });
      }),
    );
  });

  it('takes "..;" and "..." for names', () => {
    expect(parseTarget('/..;/...')?.segments).toEqual(['..;', '...']);
  });

  it('never yields a segment that could leave its directory', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('/', '.', '%', '2', 'e', 'f', 'F', '0', 'a') }),
        (text) => {
          for (const segment of parseTarget(`/${text}`)?.segments ?? []) {
            expect(segment).not.toMatch(/^\.{0,2}$|\/|\0/);
          }
        },
      ),
    );
  });
});

describe('wws §7.2 file to route: routeOfFile()', () => {
  it.each([['[my-id].js'], ['[].js'], ['[...].js'], ['a/[id/b.js'], ['[...all]/b.js']])(
    'refuses %s',
    (file) => {
      expect(routeOfFile(file)).toHaveProperty('problem');
    },
  );

  it('shows the path people know', () => {
    expect(route('users/[id]/index.js').path).toBe('/users/[id]');
    expect(route('index.js').path).toBe('/');
  });
});

describe('wws §7.2 prefix: normalisePrefix()', () => {
  it.each([
    ['', ''],
    ['/', ''],
    ['app', '/app'],
    ['/app/', '/app'],
    ['\\a\\b', '/a/b'],
  ])('makes %j into %j', (prefix, normal) => {
    expect(normalisePrefix(prefix)).toBe(normal);
  });
});
