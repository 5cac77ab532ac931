/** Names inside an image archive: image-spec image-layout.md, and the older form of `docker save`. */
export const LAYOUT_FILE = 'oci-layout';
export const INDEX_FILE = 'index.json';
export const DOCKER_FILE = 'manifest.json';
export const BLOB_FOLDER = 'blobs/sha256';

export const LAYOUT_VERSION = '1.0.0';

/** The full name containerd gives an imported image. */
export const NAME_ANNOTATION = 'io.containerd.image.name';
/** The tag other tools select an image by. */
export const REF_ANNOTATION = 'org.opencontainers.image.ref.name';
