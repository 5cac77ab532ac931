import { describe, expect, it } from 'vitest';
import { containerdTarget } from './socket.ts';

const env = { CONTAINERD_ADDRESS: '/env.sock', CONTAINERD_NAMESPACE: 'env' };

describe('containerdTarget()', () => {
  it.each([
    ['defaults', {}, {}, '/run/containerd/containerd.sock', 'default'],
    ['variables over defaults', {}, env, '/env.sock', 'env'],
    ['flags over variables', { address: '/flag.sock', namespace: 'k8s.io' }, env, '/flag.sock', 'k8s.io'],
    [
      'defaults over empty variables',
      {},
      { CONTAINERD_ADDRESS: '' },
      '/run/containerd/containerd.sock',
      'default',
    ],
    ['an address as a URL', { address: 'unix:///a.sock' }, {}, '/a.sock', 'default'],
    ['an address with a scheme', { address: 'unix:/a.sock' }, {}, '/a.sock', 'default'],
  ])('takes %s', (_title, flags, variables, address, containerdNamespace) => {
    expect(containerdTarget(flags, variables)).toEqual({ address, containerdNamespace });
  });
});
