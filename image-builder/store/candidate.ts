import type { Digest } from '../image/digest.ts';
import type { StoredImage } from './stored-image.ts';

/** What an archive offers: an image whose layers nobody has looked at. */
export interface Candidate extends StoredImage {
  /** Tells two candidates apart. */
  readonly id: Digest;
  readonly names: readonly string[];
}
