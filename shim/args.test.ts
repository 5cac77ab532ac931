import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments } from './args.ts';

describe('parseArguments()', () => {
  it('reads the line containerd starts a shim with', () => {
    const { flags, action, unknown } = parseArguments([
      ...['-namespace', 'k8s.io', '-address', '/run/containerd/containerd.sock'],
      ...['-publish-binary', '/usr/bin/containerd', '-id', 'web-1', '-debug', 'start'],
    ]);
    expect(flags).toMatchObject({
      containerdNamespace: 'k8s.io',
      address: '/run/containerd/containerd.sock',
      publishBinary: '/usr/bin/containerd',
      id: 'web-1',
      debug: true,
      info: false,
    });
    expect(action).toBe('start');
    expect(unknown).toEqual([]);
  });

  it('takes two dashes and inline values as Go does', () => {
    const { flags, action } = parseArguments(['--namespace=a=b', '--id', 'x', '-debug=false', 'delete']);
    expect(flags).toMatchObject({ containerdNamespace: 'a=b', id: 'x', debug: false });
    expect(action).toBe('delete');
  });

  it('keeps an empty value', () => {
    expect(parseArguments(['-address', '', '-id', 'x', 'start']).flags).toMatchObject({
      address: '',
      id: 'x',
    });
  });

  it.each([
    [['-new', '-id', 'x', 'start']],
    [['-new', 'value', '-id', 'x', 'start']],
    [['-new=value', '-id', 'x', 'start']],
    [['-id', 'x', '-new', 'start']],
  ])('still finds id and action around the unknown flag in %j', (argv) => {
    const { flags, action, unknown } = parseArguments(argv);
    expect(flags.id).toBe('x');
    expect(action).toBe('start');
    expect(unknown).toHaveLength(1);
  });

  it('says which flag has no value', () => {
    expect(() => parseArguments(['-id'])).toThrow('Cannot parse the command line: flag "-id" needs a value');
  });

  it('refuses words behind the action', () => {
    expect(() => parseArguments(['start', 'now'])).toThrow('unexpected "now" behind "start"');
  });

  it('finds every value again, however it is spelled', () => {
    const spelled = fc.tuple(fc.string(), fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(spelled, spelled, ([id, idDashes, idInline], [bundle, dashes, inline]) => {
        const spell = (name: string, value: string, two: boolean, joined: boolean): string[] => {
          const flag = `${two ? '--' : '-'}${name}`;
          return joined ? [`${flag}=${value}`] : [flag, value];
        };
        const argv = [
          ...spell('id', id, idDashes, idInline),
          ...spell('bundle', bundle, dashes, inline),
          'delete',
        ];
        expect(parseArguments(argv)).toMatchObject({ flags: { id, bundle }, action: 'delete', unknown: [] });
      }),
    );
  });
});
