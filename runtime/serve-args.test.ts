import { describe, expect, it } from 'vitest';
import { containerSettings } from './serve-args.ts';

describe('containerSettings()', () => {
  it('takes port, prefix, ignore, cors, log and kv from arguments', () => {
    const args = [
      '-p',
      '81',
      '--prefix=/a',
      '--ignore',
      'x',
      '--ignore',
      'y',
      '--cors',
      '*',
      '--log',
      'json',
    ];
    const { serve, operator } = containerSettings([...args, '--kv', 'redis://store'], {}, {});
    expect(serve).toEqual({ port: 81, prefix: '/a', ignore: ['x', 'y'], cors: ['*'] });
    expect(operator).toMatchObject({ log: 'json', kv: 'redis://store' });
  });

  it('takes the same from variables; arguments come before them, annotations before both', () => {
    const environment = {
      WWS_PORT: '81',
      WWS_CORS: 'http://a http://b',
      WWS_LOG: 'json',
      WWS_KV: 'redis://variable',
      WWS_PANEL: 'true',
      WWS_LIMIT: 'memory=1GiB',
    };
    const settings = containerSettings(['--port', '82', '--kv', 'redis://argument'], environment, {
      kv: 'redis://annotation',
      'limit.memory': '1GiB',
    });
    expect(settings.serve).toEqual({ port: 82, prefix: '', ignore: [], cors: ['http://a', 'http://b'] });
    expect(settings.operator).toMatchObject({
      log: 'json',
      kv: 'redis://annotation',
      panel: undefined,
      limits: { memory: 1024 ** 3 },
    });
  });

  it.each([
    [['--limit', 'memory=1GiB']],
    [['--egress', 'loopback']],
    [['--enable-panel']],
    [['--panel=8080']],
    [['--metrics', '9']],
    [['--host', '0.0.0.0']],
    [['--git-branch', 'main']],
    [['-i']],
    [['-x']],
  ])('leaves %j to annotations', (args) => {
    expect(() => containerSettings(args, {}, {})).toThrow(
      /^Cannot use argument "-[-\w]+": arguments of a container may be --port, .* annotations "wws\.…"$/,
    );
  });

  it.each([
    [['x'], 'Cannot use argument "x": only the first argument names what is served'],
    [['--port'], 'Cannot use argument "--port": it needs a value'],
    [['--port', 'x'], 'Cannot use port "x": a number from 0 to 65535 is needed'],
    [['--kv', 'x'], 'Cannot use "kv": a URL such as'],
  ])('refuses %j', (args, message) => {
    expect(() => containerSettings(args, {}, {})).toThrow(message);
  });
});
