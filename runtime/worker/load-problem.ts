/**
 * Why a worker cannot be loaded. A loader's message stands alone and so begins with what failed on which file,
 * `Cannot compile "a.wasm": `; here it is quoted by what has said so already, and only the rest is of use.
 */
export function loadProblem(name: string, error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const said = /^Cannot [a-z ]+/.exec(message)?.[0] ?? '';
  const subject = `"${name}": `;
  return message.startsWith(subject, said.length) ? message.slice(said.length + subject.length) : message;
}
