import { createReadStream } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemReason } from '#runtime/system-reason.ts';
import { archiveMember } from './archive-member.ts';
import { HttpGetter } from './http-get.ts';
import { type NpmConfig, readNpmConfig } from './npm/npm-config.ts';
import { parsePackagePath } from './npm/package-path.ts';
import { type Progress, Tarballs } from './npm/tarballs.ts';
import { resolveUrl } from './repository-url.ts';

/** Interpreters are some tens of megabytes. */
export const MAX_FILE_BYTES: number = 256 * 1024 ** 2;

/** An index is some kilobytes. */
const MAX_INDEX_BYTES = 1024 ** 2;

/** What wws comes with: beside this file, and in an installation beside the bundle. */
const OWN_FILES = path.join(import.meta.dirname, 'repository');

export interface DownloadOptions {
  /** Its `.npmrc` may name registries. */
  readonly project: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly progress?: Progress;
}

/** Opens what indexes and their URLs name, from the network or from this machine. */
export class Downloads implements AsyncDisposable {
  readonly #progress: Progress;
  readonly #npm: NpmConfig;
  #http: HttpGetter | undefined;
  #tarballs: Tarballs | undefined;

  private constructor(npm: NpmConfig, progress: Progress = () => {}) {
    this.#npm = npm;
    this.#progress = progress;
  }

  static async make({ project, environment, progress }: DownloadOptions): Promise<Downloads> {
    return new Downloads(await readNpmConfig(project, environment), progress);
  }

  /**
   * Opens what a URL in an index names; `base` is that of the index. A fragment names a file inside of a `.tar.gz`:
   * `…/python.tar.gz#usr/lib/python.zip`.
   */
  async open(url: string, base: string): Promise<AsyncIterable<Uint8Array>> {
    const target = resolveUrl(url, base);
    const source = await this.#source(target);
    const member = decodeURIComponent(target.hash.slice(1));
    return member === '' ? source : archiveMember(source, (name) => name.replace(/^\.\//, '') === member);
  }

  async #source(target: URL): Promise<AsyncIterable<Uint8Array>> {
    switch (target.protocol) {
      case 'wws:':
        return createReadStream(path.join(OWN_FILES, path.posix.normalize(target.pathname)));
      case 'file:':
        return createReadStream(fileURLToPath(target));
      case 'npm:': {
        const file = parsePackagePath(decodeURIComponent(target.pathname));
        if (file === undefined)
          throw new Error('what follows "npm:" is PACKAGE@VERSION/PATH, with an exact version');
        this.#tarballs ??= new Tarballs(this.#npm, this.#getter, this.#progress);
        return this.#tarballs.open(file);
      }
      default:
        return await this.#getter.get(target);
    }
  }

  get #getter(): HttpGetter {
    this.#http ??= new HttpGetter(this.#npm);
    return this.#http;
  }

  /** Reads the text of an index. */
  async readIndex(url: string): Promise<string> {
    try {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for await (const chunk of await this.open(url, url)) {
        bytes += chunk.length;
        if (bytes > MAX_INDEX_BYTES) throw new Error(`it is larger than ${MAX_INDEX_BYTES} bytes`);
        chunks.push(chunk);
      }
      return Buffer.concat(chunks).toString('utf8');
    } catch (error) {
      throw new Error(`Cannot read the index "${url}": ${systemReason(error)}`, { cause: error });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tarballs?.[Symbol.asyncDispose]();
    this.#http?.[Symbol.dispose]();
  }
}
