import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromAddress, socketPath, toAddress } from './address.ts';

const owner = { address: '/run/containerd/containerd.sock', containerdNamespace: 'k8s.io', group: 'pod-1' };

describe('socketPath()', () => {
  it('stays the same from version to version', () => {
    expect(socketPath(owner)).toBe(
      '/run/containerd/s/ae19de8e3a9a7efc2183c1e37ac19a4db68e2be77c89d62b35a7cb09523ede3a',
    );
  });

  it('differs for each daemon, containerd namespace and group', () => {
    const paths = [
      socketPath(owner),
      socketPath({ ...owner, address: '/run/k3s/containerd/containerd.sock' }),
      socketPath({ ...owner, containerdNamespace: 'default' }),
      socketPath({ ...owner, group: 'pod-2' }),
      socketPath({ ...owner, containerdNamespace: 'k8s.iopod', group: '-1' }),
    ];
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('is never the one of a runc shim of the same group', () => {
    const runc = createHash('sha256').update('/run/containerd/containerd.sock/k8s.io/pod-1').digest('hex');
    expect(socketPath(owner)).not.toContain(runc);
  });

  it('refuses a directory that is too deep for a socket', () => {
    expect(socketPath(owner, `/${'d'.repeat(40)}`)).toHaveLength(106);
    expect(() => socketPath(owner, `/${'d'.repeat(41)}`)).toThrow(
      'the path would have 107 bytes, at most 106',
    );
  });
});

describe('fromAddress()', () => {
  it('gives the path back', () => {
    expect(fromAddress(toAddress(socketPath(owner)))).toBe(socketPath(owner));
  });

  it.each(['', '/run/x', 'unix://relative', 'unix:///etc/passwd', `unix:///s/${'a'.repeat(64)}/..`])(
    'knows %j for none of ours',
    (address) => expect(fromAddress(address)).toBeUndefined(),
  );
});
