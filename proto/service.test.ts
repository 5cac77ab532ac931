import { expect, it } from 'vitest';
import { serviceCodecs } from './service.ts';

it('serviceCodecs() knows the same 17 task methods under both names', () => {
  const v2 = serviceCodecs('containerd.task.v2.Task');
  const v3 = serviceCodecs('containerd.task.v3.Task');
  expect(Object.keys(v2)).toHaveLength(17);
  expect(Object.keys(v3)).toEqual(Object.keys(v2));
  const request = v3.Kill.request.encode({ id: 'c', signal: 9, all: true });
  expect(v2.Kill.request.decode(request)).toEqual({ id: 'c', execId: '', signal: 9, all: true });
  expect(v2.Kill.response.encode({})).toHaveLength(0);
});

it('serviceCodecs() tells which methods stream', () => {
  const content = serviceCodecs('containerd.services.content.v1.Content');
  expect(content.Write).toMatchObject({ requestStream: true, responseStream: true });
  expect(content.Info).toMatchObject({ requestStream: false, responseStream: false });
});
