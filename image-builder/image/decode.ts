import { ImageError } from '../errors.ts';
import type { ContainerConfig, ImageConfig } from './config.ts';
import type { Descriptor } from './descriptor.ts';
import { type Digest, isDigest } from './digest.ts';
import type { Manifest } from './image.ts';
import type { Platform } from './platform.ts';

/** A descriptor in an index, which may say for which platform it is. */
export interface IndexEntry extends Descriptor {
  readonly platform?: Platform;
}

type Json = Readonly<Record<string, unknown>>;

/** Reads JSON documents of an image. `what` names the document in errors, all of which are `corrupt`. */
export class Decoder {
  readonly #what: string;

  constructor(what: string) {
    this.#what = what;
  }

  parse(bytes: Uint8Array): unknown {
    try {
      return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    } catch (error) {
      throw new ImageError('corrupt', `Cannot read ${this.#what}: it is not JSON`, { cause: error });
    }
  }

  index(value: unknown): readonly IndexEntry[] {
    return this.#list(this.object(value, 'the document')['manifests'], 'manifests').map((entry) => {
      const platform = this.object(entry, 'manifests')['platform'];
      const descriptor = this.#descriptor(entry, 'manifests');
      return platform === undefined ? descriptor : { ...descriptor, platform: this.#platform(platform) };
    });
  }

  manifest(value: unknown): Manifest {
    const document = this.object(value, 'the document');
    return {
      schemaVersion: 2,
      mediaType: this.#optionalText(document['mediaType'], 'mediaType') ?? '',
      config: this.#descriptor(document['config'], 'config'),
      layers: this.#list(document['layers'], 'layers').map((layer) => this.#descriptor(layer, 'layers')),
    };
  }

  config(value: unknown): ImageConfig {
    const document = this.object(value, 'the document');
    const rootfs = this.object(document['rootfs'], 'rootfs');
    const diffIds = this.#list(rootfs['diff_ids'], 'rootfs.diff_ids').map((id) =>
      this.#digest(id, 'rootfs.diff_ids'),
    );
    return {
      ...this.#platform(document),
      config: this.#containerConfig(document['config'] ?? {}),
      rootfs: { type: 'layers', diff_ids: diffIds },
    };
  }

  object(value: unknown, where: string): Json {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Json;
    throw this.#wrong(where, 'an object');
  }

  texts(value: unknown, where: string): readonly string[] {
    return this.#list(value, where).map((item) => this.text(item, where));
  }

  text(value: unknown, where: string): string {
    if (typeof value === 'string') return value;
    throw this.#wrong(where, 'a string');
  }

  #containerConfig(value: unknown): ContainerConfig {
    const config = this.object(value, 'config');
    // Docker writes null for lists that are empty.
    const texts = (key: string): readonly string[] => this.texts(config[key] ?? [], `config.${key}`);
    return {
      Env: texts('Env'),
      Entrypoint: texts('Entrypoint'),
      Cmd: texts('Cmd'),
      WorkingDir: this.#optionalText(config['WorkingDir'], 'config.WorkingDir') || '/',
    };
  }

  #platform(value: unknown): Platform {
    const platform = this.object(value, 'platform');
    return {
      architecture: this.#optionalText(platform['architecture'], 'architecture') ?? '',
      os: this.#optionalText(platform['os'], 'os') ?? '',
    };
  }

  #descriptor(value: unknown, where: string): Descriptor {
    const descriptor = this.object(value, where);
    const size = descriptor['size'];
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) {
      throw this.#wrong(`${where}.size`, 'a number of bytes');
    }
    const annotations = this.object(descriptor['annotations'] ?? {}, `${where}.annotations`);
    return {
      mediaType: this.text(descriptor['mediaType'], `${where}.mediaType`),
      digest: this.#digest(descriptor['digest'], `${where}.digest`),
      size,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, text]) => [key, this.text(text, `${where}.annotations`)]),
      ),
    };
  }

  #digest(value: unknown, where: string): Digest {
    const text = this.text(value, where);
    if (isDigest(text)) return text;
    throw this.#wrong(where, 'a sha256 digest');
  }

  #optionalText(value: unknown, where: string): string | undefined {
    return value === undefined || value === null ? undefined : this.text(value, where);
  }

  #list(value: unknown, where: string): readonly unknown[] {
    if (Array.isArray(value)) return value;
    throw this.#wrong(where, 'a list');
  }

  #wrong(where: string, wanted: string): ImageError {
    return new ImageError('corrupt', `Cannot read ${this.#what}: ${where} is not ${wanted}`);
  }
}
