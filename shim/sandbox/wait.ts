import { failedWith, syscall } from './syscall.ts';

const WNOHANG = 1;

/** What wait4(2) says of a child: still alive, gone with this status, or not ours to wait for. */
export type ChildState =
  | { readonly state: 'alive' }
  | { readonly state: 'exited' /** Exit code, or 128 + signal. */; readonly status: number }
  | { readonly state: 'lost' };

/** Reaps `pid` if it has ended; never blocks. */
export function reap(pid: number): ChildState {
  const word = Buffer.alloc(4);
  try {
    if (syscall('wait4', pid, word, WNOHANG, null) === 0) return { state: 'alive' };
  } catch (error) {
    if (failedWith(error, 'ECHILD')) return { state: 'lost' };
    throw error;
  }
  const status = word.readUInt32LE(0);
  const signal = status & 0x7f;
  return { state: 'exited', status: signal === 0 ? (status >> 8) & 0xff : 128 + signal };
}

type Listener = (state: Exclude<ChildState, { readonly state: 'alive' }>) => void;

const children = new Map<number, Listener>();
let listening = false;
/** Signals alone do not keep a process waiting for them. */
let vigil: NodeJS.Timeout | undefined;
const LONGEST_TIMER_MS = 0x7fff_ffff;

/**
 * Calls `listener` once when the child `pid` has ended, and reaps it. For children that no thread of this
 * process waits for through Node: those spawned by a thread that is gone.
 */
export function onExit(pid: number, listener: Listener): void {
  children.set(pid, listener);
  if (!listening) {
    listening = true;
    process.on('SIGCHLD', reapAll);
  }
  vigil ??= setInterval(() => undefined, LONGEST_TIMER_MS);
  // It may have ended before anyone listened.
  reapAll();
}

/** Signals merge: one SIGCHLD may stand for many children. */
function reapAll(): void {
  for (const [pid, listener] of children) {
    const found = reap(pid);
    if (found.state === 'alive') continue;
    children.delete(pid);
    listener(found);
  }
  if (children.size === 0) {
    clearInterval(vigil);
    vigil = undefined;
  }
}
