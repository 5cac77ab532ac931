import { describe, expect, it } from 'vitest';
import { groupOf } from './grouping.ts';

describe('groupOf()', () => {
  it('is the id for a container on its own', () => {
    expect(groupOf('web', undefined)).toBe('web');
    expect(groupOf('web', { other: 'x' })).toBe('web');
  });

  it('is the pod for a container of Kubernetes', () => {
    expect(groupOf('web', { 'io.kubernetes.cri.sandbox-id': 'pod' })).toBe('pod');
  });

  it('prefers the group a user names', () => {
    const annotations = { 'io.kubernetes.cri.sandbox-id': 'pod', 'io.containerd.runc.v2.group': 'mine' };
    expect(groupOf('web', annotations)).toBe('mine');
  });

  it.each(['', 7, null, ['pod']])('passes over %j, which names none', (value) => {
    expect(groupOf('web', { 'io.kubernetes.cri.sandbox-id': value })).toBe('web');
  });
});
