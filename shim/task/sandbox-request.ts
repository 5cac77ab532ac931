import type { CreateTaskRequest } from '#proto/gen/containerd.task.v2.ts';
import { ShimError } from '../errors.ts';
import type { SandboxRequest } from '../sandbox/sandbox.ts';

/**
 * What a Create asks of the sandbox. Options are not looked at: there are none of ours yet, and those of
 * other runtimes, which clients send unasked, are no reason to refuse.
 *
 * @throws ShimError when it asks for what we cannot do
 */
export function toSandboxRequest(request: CreateTaskRequest, containerdNamespace: string): SandboxRequest {
  const { id, bundle, rootfs, stdin, stdout, stderr, terminal } = request;
  const refuse = (reason: string): ShimError =>
    new ShimError('unimplemented', `Cannot create container "${id}": ${reason}`);
  if (id === '') throw new ShimError('invalid-argument', 'Cannot create a container: its id is empty');
  if (!bundle.startsWith('/')) {
    throw new ShimError(
      'invalid-argument',
      `Cannot create container "${id}": bundle "${bundle}" is no absolute path`,
    );
  }
  if (terminal) throw refuse('terminals are not supported, run it without -t');
  if (request.checkpoint !== '') throw refuse('restoring checkpoints is not supported');
  return { id, containerdNamespace, bundle, rootfs, stdio: { stdin, stdout, stderr, terminal } };
}
