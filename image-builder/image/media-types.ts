/** Media types of image-spec media-types.md, and Docker's older names for the same documents. */
export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const CONFIG = 'application/vnd.oci.image.config.v1+json';
export const LAYER_GZIP = 'application/vnd.oci.image.layer.v1.tar+gzip';

export const manifestTypes: readonly string[] = [
  MANIFEST,
  'application/vnd.docker.distribution.manifest.v2+json',
];
export const indexTypes: readonly string[] = [
  INDEX,
  'application/vnd.docker.distribution.manifest.list.v2+json',
];
export const configTypes: readonly string[] = [CONFIG, 'application/vnd.docker.container.image.v1+json'];

export type Compression = 'none' | 'gzip' | 'zstd';

/** How the layers are compressed that we unpack; anything else, foreign layers with `urls` too, is refused. */
export const layerCompression: ReadonlyMap<string, Compression> = new Map([
  ['application/vnd.oci.image.layer.v1.tar', 'none'],
  [LAYER_GZIP, 'gzip'],
  ['application/vnd.oci.image.layer.v1.tar+zstd', 'zstd'],
  ['application/vnd.docker.image.rootfs.diff.tar', 'none'],
  ['application/vnd.docker.image.rootfs.diff.tar.gzip', 'gzip'],
  ['application/vnd.docker.image.rootfs.diff.tar.zstd', 'zstd'],
]);
