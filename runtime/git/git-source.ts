/** A repository to serve from, and what of it. The commit comes before the tag, and the tag before the branch. */
export interface GitSource {
  readonly url: string;
  readonly commit: string | undefined;
  readonly tag: string | undefined;
  readonly branch: string | undefined;
  /** Below the repository's root; undefined for the root. */
  readonly folder: string | undefined;
}

/** Ways to reach a repository. Others run programs or open shells, by the words of a URL. */
const PROTOCOLS: readonly string[] = ['https', 'http', 'file'];

/** Whether what stands for a path is meant as a repository. */
export function isRepository(text: string): boolean {
  return /^[a-z][a-z\d+.-]*:(\/\/|:)/i.test(text);
}

/** What may be part of a name of git's without any meaning of its own (git-check-ref-format(1)). */
const PLAIN_NAME = /^(?![-./])(?!.*(\.\.|\/\/|@\{|\.lock$|[./]$))[^\0-\x20~^:?*[\\\x7f]+$/;

/** Throws an Error for what git could take for something else than it is. */
export function checkSource({ url, commit, tag, branch }: GitSource): void {
  const protocol = protocolOf(url);
  if (!PROTOCOLS.includes(protocol))
    throw new Error(`Cannot fetch "${shownUrl(url)}": only ${PROTOCOLS.join(', ')} URLs are taken`);
  if (!URL.canParse(url) || /[\0-\x20]/.test(url))
    throw new Error(`Cannot fetch "${shownUrl(url)}": it is no URL`);
  if (commit !== undefined && !/^[\da-f]{7,64}$/i.test(commit))
    throw new Error(`Cannot use "--git-commit ${commit}": 7 to 64 hexadecimal digits are needed`);
  for (const [flag, name] of Object.entries({ '--git-tag': tag, '--git-branch': branch }))
    if (name !== undefined && !PLAIN_NAME.test(name))
      throw new Error(`Cannot use "${flag} ${name}": it is no name that git takes`);
}

export function protocolOf(url: string): string {
  return url.slice(0, url.indexOf(':')).toLowerCase();
}

/** Without the password that may be in it. */
export function shownUrl(url: string): string {
  return url.replace(/(:\/\/)[^/@]*@/, '$1');
}
