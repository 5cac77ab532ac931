import type { Input } from '#proto/codec.ts';
import type { StateResponse } from '#proto/gen/containerd.task.v2.ts';
import { toTimestamp } from '#proto/timestamp.ts';
import type { Container } from './container.ts';

/** The answer to State. A deleted container is one that containerd is just being told is gone. */
export function toStateResponse(container: Container): Input<StateResponse> {
  const { pid, bundle, stdio, state } = container.snapshot;
  const { stdin, stdout, stderr, terminal } = stdio;
  const common = { id: container.id, bundle, pid, stdin, stdout, stderr, terminal };
  if (state.status === 'CREATED' || state.status === 'RUNNING') return { ...common, status: state.status };
  const { status: exitStatus, at } = state.exit;
  return { ...common, status: 'STOPPED', exitStatus, exitedAt: toTimestamp(at) };
}
