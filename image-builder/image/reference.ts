import { ImageError } from '../errors.ts';
import { type Digest, isDigest } from './digest.ts';

/** An image's name taken apart, by the grammar of distribution/reference. */
export interface Reference {
  /** Registry host and port, `docker.io` when the text names none. */
  readonly domain: string;
  /** Repository within the registry, with `library/` where Docker implies it. */
  readonly path: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

const DEFAULT_DOMAIN = 'docker.io';
const OFFICIAL = 'library/';
const NAME_LIMIT = 255;

const hostLabel = /^[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?$/;
const hostAndPort = /^(\[[a-fA-F0-9:]+\]|[^:]+)(?::[0-9]+)?$/;
const componentForm = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const tagForm = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** Whether `text` may stand between two slashes of a repository's name. */
export function isPathComponent(text: string): boolean {
  return componentForm.test(text);
}

/**
 * Reads a reference as Docker and `ctr` do: `apps` means `docker.io/library/apps`. A tag is not made up here.
 * @throws {ImageError} `usage`, saying which part is wrong.
 */
export function parseReference(text: string): Reference {
  const at = text.indexOf('@');
  const named = at < 0 ? text : text.slice(0, at);
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest))
    throw wrong(text, 'its digest is not "sha256:" and 64 hex digits');

  const lastSlash = named.lastIndexOf('/');
  const colon = named.indexOf(':', lastSlash + 1);
  const name = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !tagForm.test(tag)) throw wrong(text, `"${tag}" is no tag`);

  const { domain, path } = splitDomain(name);
  if (!isDomain(domain)) throw wrong(text, `"${domain}" is no registry host`);
  for (const component of path.split('/')) {
    if (!isPathComponent(component)) throw wrong(text, nameProblem(component));
  }
  if (domain.length + 1 + path.length > NAME_LIMIT)
    throw wrong(text, `it is longer than ${NAME_LIMIT} characters`);
  // Engines take 64 hex digits for the id of an image, never for its name.
  if (/^[0-9a-f]{64}$/.test(name)) throw wrong(text, '64 hex digits are an id, not a name');
  return { domain, path, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** `reference` with the tag engines assume when none is given. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined
    ? { ...reference, tag: 'latest' }
    : reference;
}

/** `docker.io/library/apps`: the repository without tag and digest. */
export function repositoryOf({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

/** `docker.io/library/apps:latest`: the only form containerd looks images up by. */
export function fullName(reference: Reference): string {
  return repositoryOf(reference) + suffix(reference);
}

/** `apps:latest`: what Docker shows to people. */
export function familiarName(reference: Reference): string {
  const { domain, path } = reference;
  if (domain !== DEFAULT_DOMAIN) return fullName(reference);
  // What would be read back as another image keeps its host, e.g. docker.io/a.b/c.
  const short = [path.startsWith(OFFICIAL) ? path.slice(OFFICIAL.length) : path, path].find((name) => {
    const back = splitDomain(name);
    return back.domain === domain && back.path === path;
  });
  return short === undefined ? fullName(reference) : short + suffix(reference);
}

function suffix({ tag, digest }: Reference): string {
  return (tag === undefined ? '' : `:${tag}`) + (digest === undefined ? '' : `@${digest}`);
}

/** The first component is a host if it could not be a part of a repository's name. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = /[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
  const domain = isHost ? first : DEFAULT_DOMAIN;
  const path = isHost ? name.slice(slash + 1) : name;
  if (domain !== DEFAULT_DOMAIN && domain !== `index.${DEFAULT_DOMAIN}`) return { domain, path };
  return { domain: DEFAULT_DOMAIN, path: path.includes('/') ? path : OFFICIAL + path };
}

function isDomain(domain: string): boolean {
  const host = hostAndPort.exec(domain)?.[1];
  if (host === undefined) return false;
  return host.startsWith('[') || host.split('.').every((label) => hostLabel.test(label));
}

function nameProblem(component: string): string {
  if (component === '') return 'a part of its name is empty';
  if (component !== component.toLowerCase()) return `"${component}" must be lower case`;
  return `"${component}" may only have a-z, 0-9 and single separators between them`;
}

function wrong(text: string, why: string): ImageError {
  return new ImageError('usage', `Cannot use "${text}" as an image name: ${why}`);
}
