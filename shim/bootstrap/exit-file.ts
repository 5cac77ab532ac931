import type { Exit } from '../sandbox/sandbox.ts';
import { readBundleFile, writeBundleFile } from './bundle-file.ts';
import { bytesField, readFields, varintField } from './wire.ts';

/** What `delete` says when nobody knows how the container ended: killed, just now. */
export function unknownExit(): Exit {
  return { status: 137, at: new Date() };
}

/** `containerd.task.v2.DeleteResponse` {1 pid, 2 exit_status, 3 exited_at}, which `delete` writes to stdout. */
export function encodeDeleteResponse(pid: number, exit: Exit): Uint8Array {
  const milliseconds = BigInt(exit.at.getTime());
  const timestamp = Buffer.concat([
    varintField(1, milliseconds / 1000n),
    varintField(2, (milliseconds % 1000n) * 1_000_000n),
  ]);
  return Buffer.concat([
    varintField(1, BigInt(pid)),
    varintField(2, BigInt(exit.status)),
    bytesField(3, timestamp),
  ]);
}

/** Keeps how the container ended, in the form `delete` answers with; an upgrade keeps that form. */
export function writeExit(bundle: string, pid: number, exit: Exit): void {
  writeBundleFile(bundle, 'exit', encodeDeleteResponse(pid, exit));
}

/** The recorded answer, or undefined when there is none or it is damaged. */
export function readExit(bundle: string): Uint8Array | undefined {
  const response = readBundleFile(bundle, 'exit');
  if (response === undefined || response.length === 0) return undefined;
  try {
    readFields(response);
    return response;
  } catch {
    return undefined;
  }
}
