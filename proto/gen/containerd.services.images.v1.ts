import type { Descriptor } from './containerd.types.ts';
import type { FieldMask, Timestamp } from './google.protobuf.ts';

export interface Image {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly target?: Descriptor;
  readonly createdAt?: Timestamp;
  readonly updatedAt?: Timestamp;
}

export interface GetImageRequest {
  readonly name: string;
}

export interface GetImageResponse {
  readonly image?: Image;
}

export interface ListImagesRequest {
  readonly filters: readonly string[];
}

export interface ListImagesResponse {
  readonly images: readonly Image[];
}

export interface CreateImageRequest {
  readonly image?: Image;
}

export interface CreateImageResponse {
  readonly image?: Image;
}

export interface UpdateImageRequest {
  readonly image?: Image;
  readonly updateMask?: FieldMask;
}

export interface UpdateImageResponse {
  readonly image?: Image;
}

export interface DeleteImageRequest {
  readonly name: string;
  readonly sync: boolean;
}
