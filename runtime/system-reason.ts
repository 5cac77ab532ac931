/**
 * Why something failed, as people are told. What the system says of a file is cut to the reason: whoever
 * reports it names the file, by its path below the project's root.
 */
export function systemReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // Node's form is "ENOENT: no such file or directory, open '/a/b'".
  return /^E[A-Z0-9]+: (.*?), [a-z]+(?: '.*)?$/s.exec(message)?.[1] ?? message;
}
