import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { codec } from '#proto/codec.ts';
import { readParams } from './params.ts';

const bootstrapParams = codec('containerd.runtime.bootstrap.v1.BootstrapParams');
const any = codec('google.protobuf.Any');

const nothing = {
  debug: false,
  socketDirectory: undefined,
  ttrpcAddress: undefined,
  containerdVersion: undefined,
};

describe('readParams()', () => {
  it('gives nothing for an empty stdin', () => {
    expect(readParams(new Uint8Array(), 'web', 'default')).toEqual(nothing);
  });

  it('reads what containerd 2.3 writes', () => {
    const stdin = bootstrapParams.encode({
      instanceId: 'web',
      namespace: 'default',
      logLevel: -4,
      containerdVersion: '2.3.4',
      containerdTtrpcAddress: '/run/containerd/containerd.sock.ttrpc',
      containerdGrpcAddress: '/run/containerd/containerd.sock',
      extensions: [{ value: { typeUrl: 'runtimeoptions.v1.Options', value: Buffer.from('x') } }],
      socketDir: '/run/other/s',
    });
    expect(readParams(stdin, 'web', 'default')).toEqual({
      debug: true,
      socketDirectory: '/run/other/s',
      ttrpcAddress: '/run/containerd/containerd.sock.ttrpc',
      containerdVersion: '2.3.4',
    });
  });

  it('is not talkative at the level INFO', () => {
    const stdin = bootstrapParams.encode({ instanceId: 'web', namespace: 'default' });
    expect(readParams(stdin, 'web', 'default').debug).toBe(false);
  });

  it('takes options of older daemons for what they are', () => {
    const options = any.encode({ typeUrl: 'runtimeoptions.v1.Options', value: Buffer.from('\x12\x04/etc') });
    expect(readParams(options, 'web', 'default')).toEqual(nothing);
  });

  it('takes any bytes without falling over', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (stdin) => {
        try {
          expect(readParams(stdin, 'web', 'default')).toEqual(nothing);
        } catch (error) {
          expect(String(error)).toMatch(/^ShimError: Cannot read the \d+ bytes on stdin: /);
        }
      }),
    );
  });
});

describe('readStdin()', () => {
  const program = `import(${JSON.stringify(new URL('./params.ts', import.meta.url).pathname)})
    .then(({ readStdin }) => process.stdout.write(String(readStdin().length)))`;
  const lengthOf = (input: Uint8Array): string =>
    execFileSync(process.execPath, ['-e', program], { input, stdio: ['pipe', 'pipe', 'pipe'] }).toString();

  it('reads to the end', () => {
    expect(lengthOf(Buffer.alloc(300_000))).toBe('300000');
    expect(lengthOf(Buffer.alloc(0))).toBe('0');
  });

  it('stops after 10 MiB', () => {
    expect(() => lengthOf(Buffer.alloc(10 * 1024 * 1024 + 1))).toThrow('more than 10485760 bytes');
  });
});
