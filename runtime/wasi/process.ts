import { GuestExit } from './end.ts';
import { WasiError } from './errno.ts';
import type { Preview1 } from './preview1.ts';

/** `wasi_snapshot_preview1.signal` ends with `sys`. */
const LAST_SIGNAL = 30;

/** `proc_*` and `sched_yield`. Signals have no meaning for a guest: `proc_raise` is not supported. */
export function processFunctions(): Pick<Preview1, 'proc_exit' | 'proc_raise' | 'sched_yield'> {
  return {
    proc_exit: (code) => {
      throw new GuestExit(code >>> 0);
    },
    proc_raise: (signal) => {
      if (signal >>> 0 > LAST_SIGNAL) throw new WasiError('inval');
      throw new WasiError('notsup');
    },
    sched_yield: () => {},
  };
}
