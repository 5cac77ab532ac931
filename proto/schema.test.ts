import { expect, it } from 'vitest';
import { codec, type MessageName } from './codec.ts';
import descriptors from './gen/descriptors.json' with { type: 'json' };
import { serviceMethods } from './schema.ts';

function* fullNames(scope: object, prefix: string): Generator<[string, object]> {
  if (!('nested' in scope)) return;
  for (const [name, item] of Object.entries(scope.nested as Record<string, object>)) {
    yield [`${prefix}${name}`, item];
    yield* fullNames(item, `${prefix}${name}.`);
  }
}

it('every message of every descriptor encodes its defaults to no bytes, and back', () => {
  const messages = [...fullNames(descriptors, '')].filter(([, item]) => 'fields' in item);
  expect(messages.length).toBeGreaterThan(80);
  for (const [name] of messages) {
    const { encode, decode } = codec(name as MessageName);
    expect(encode({}), name).toHaveLength(0);
    expect(typeof decode(new Uint8Array()), name).toBe('object');
  }
});

it('serviceMethods() gives full names for types of its own package and of others', () => {
  const methods = serviceMethods('containerd.task.v2.Task');
  expect(methods.find(({ name }) => name === 'Pause')).toEqual({
    name: 'Pause',
    request: 'containerd.task.v2.PauseRequest',
    response: 'google.protobuf.Empty',
    requestStream: false,
    responseStream: false,
  });
});

it('a name without a descriptor is an error that says so', () => {
  expect(() => serviceMethods('containerd.task.v9.Task')).toThrow(
    'Cannot find the descriptor of "containerd.task.v9.Task"',
  );
});
