/** A file of a package, as `npm:PACKAGE@VERSION/PATH` names it. */
export interface PackagePath {
  /** With its scope. */
  readonly name: string;
  /** An exact one: what a range means changes. */
  readonly version: string;
  readonly path: string;
}

const FORM =
  /^(?<name>(?:@[a-z0-9~][a-z0-9._~-]*\/)?[a-z0-9~][a-z0-9._~-]*)@(?<version>\d+\.\d+\.\d+[\w.+-]*)\/(?<path>.+)$/;

/** Reads what follows `npm:`. Undefined for anything else. */
export function parsePackagePath(text: string): PackagePath | undefined {
  const { name, version, path } = FORM.exec(text)?.groups ?? {};
  if (name === undefined || version === undefined || path === undefined) return undefined;
  const isPlain = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  return isPlain ? { name, version, path } : undefined;
}
