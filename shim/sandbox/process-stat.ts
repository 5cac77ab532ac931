import { readFile } from 'node:fs/promises';

export interface ProcessStat {
  /** `Z` is a zombie, `X` dead. */
  readonly state: string;
  /** Field 22, in clock ticks since boot. */
  readonly startTime: string;
}

/** Reads /proc/PID/stat; undefined when there is no such process. */
export async function readProcessStat(pid: number): Promise<ProcessStat | undefined> {
  let line: string;
  try {
    line = await readFile(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    // ESRCH: it went away between open and read.
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) {
      return undefined;
    }
    throw error;
  }
  // The name before may hold blanks and brackets.
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', startTime: fields[19] ?? '' };
}
