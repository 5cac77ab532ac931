import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NO_OPERATOR, operatorAnnotations, parseAddress, parseOperator } from './operator.ts';
import { operatorFlags } from './operator-flags.ts';

describe('parseOperator()', () => {
  it('gives nothing where nothing is said', () => {
    expect(parseOperator({})).toEqual(NO_OPERATOR);
  });

  it('reads every setting', () => {
    expect(
      parseOperator({
        'limit.memory': '1GiB',
        'limit.time': '60s',
        'limit.bodyBytes': '1 MiB',
        egress: 'loopback, link-local',
        kv: 'redis://store:6379',
        metrics: '9090',
        panel: '[::1]:8081',
        'panel-token': 'abcdefghijklmnop',
        log: 'json',
      }),
    ).toEqual({
      limits: { memory: 1024 ** 3, time: 60_000 },
      serverLimits: { bodyBytes: 1024 ** 2 },
      egress: ['loopback', 'link-local'],
      kv: 'redis://store:6379',
      metrics: { host: undefined, port: 9090 },
      panel: { address: { host: '::1', port: 8081 }, token: 'abcdefghijklmnop' },
      log: 'json',
    });
  });

  it('takes "true" for a panel on the port of the app, "false" for none', () => {
    expect(parseOperator({ panel: 'true' }).panel).toEqual({ address: undefined, token: undefined });
    expect(parseOperator({ panel: 'false', 'panel-token': 'abcdefghijklmnop' }).panel).toBeUndefined();
  });

  it.each([
    [
      { 'limit.memory': 'much' },
      'annotation "wws.limit.memory": a size such as "64 MiB" is needed, not "much"',
    ],
    [{ 'limit.memory': '1' }, 'annotation "wws.limit.memory": it must be at least 65536'],
    [{ 'limit.mem': '1' }, 'annotation "wws.limit.mem": there is no such limit (known: memory, time, '],
    [{ egress: 'all' }, 'annotation "wws.egress": "all" is no group of addresses (known: loopback, '],
    [{ kv: 'redis' }, 'annotation "wws.kv": a URL such as "redis://host:6379/0" is needed'],
    [{ metrics: 'x' }, 'annotation "wws.metrics": [HOST:]PORT is needed, not "x"'],
    [{ panel: 'yes' }, 'annotation "wws.panel": "true" or [HOST:]PORT is needed, not "yes"'],
    [
      { 'panel-token': 'abcdefghijklmnop' },
      'annotation "wws.panel-token": there is no panel without annotation "wws.panel"',
    ],
    [{ panel: 'true', 'panel-token': 'short' }, 'annotation "wws.panel-token": 16 to 256 printable'],
    [{ log: 'xml' }, 'annotation "wws.log": "text" or "json" is needed, not "xml"'],
    [{ ports: '1' }, 'annotation "wws.ports": there is no such setting (known: limit.NAME, egress, '],
  ])('refuses %j by its name', (text, message) => {
    expect(() => parseOperator(text)).toThrow(`Cannot use ${message}`);
  });

  it('takes any text or refuses it with an Error', () => {
    const key = fc.constantFrom(
      'limit.memory',
      'egress',
      'kv',
      'metrics',
      'panel',
      'panel-token',
      'log',
      'x',
    );
    fc.assert(
      fc.property(fc.dictionary(key, fc.string()), (text) => {
        try {
          parseOperator(text);
        } catch (error) {
          expect((error as Error).message).toMatch(/^Cannot use annotation "wws\./);
        }
      }),
    );
  });
});

describe('parseAddress()', () => {
  it.each([
    ['0', undefined, 0],
    ['localhost:9090', 'localhost', 9090],
    ['127.0.0.1:1', '127.0.0.1', 1],
    ['[::]:65535', '::', 65_535],
  ])('reads %s', (text, host, port) => {
    expect(parseAddress(text)).toEqual({ host, port });
  });

  it.each(['', ':', ':80', '65536', '::1:80', 'a b:80', 'host', 'host:', '[x]:80'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseAddress(text)).toThrow('[HOST:]PORT is needed');
    },
  );
});

describe('operatorAnnotations()', () => {
  it('takes what begins with "wws." and nothing else', () => {
    const annotations = { 'wws.kv': 'a', 'io.kubernetes.cri.container-type': 'container', wws: 'b' };
    expect(operatorAnnotations(annotations)).toEqual({ kv: 'a' });
  });
});

describe('operatorFlags()', () => {
  it('reads flags as annotations are read, and names flags in its errors', () => {
    const values = { limit: ['memory=1GiB', 'queue=9'], egress: ['loopback', 'metadata'], json: true };
    expect(operatorFlags(values, {})).toEqual({
      ...NO_OPERATOR,
      limits: { memory: 1024 ** 3, queue: 9 },
      egress: ['loopback', 'metadata'],
      log: 'json',
    });
    expect(() => operatorFlags({ limit: ['memory=x'] }, {})).toThrow('Cannot use "--limit memory": a size');
    expect(() => operatorFlags({ limit: ['memory'] }, {})).toThrow('NAME=VALUE is needed');
  });

  it('takes secrets from variables, a flag before its variable', () => {
    const environment = { WWS_KV: 'redis://a', WWS_PANEL_TOKEN: 'from-the-variable' };
    expect(operatorFlags({}, environment)).toMatchObject({ kv: 'redis://a', panel: undefined });
    expect(operatorFlags({ kv: 'redis://b', 'enable-panel': true }, environment)).toMatchObject({
      kv: 'redis://b',
      panel: { address: undefined, token: 'from-the-variable' },
    });
  });
});
