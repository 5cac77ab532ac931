/** Says on stderr what is being prepared: it may take minutes the first time. */
export function progress(line: string): void {
  process.stderr.write(`prepare: ${line}\n`);
}
