import { expect, it } from 'vitest';
import { bytesOf, streamOf } from '../testing/tar.ts';
import { assembleImage, type Layer } from './image.ts';
import { LAYER_GZIP } from './media-types.ts';

const layer: Layer = {
  descriptor: { mediaType: LAYER_GZIP, digest: `sha256:${'1'.repeat(64)}`, size: 7 },
  diffId: `sha256:${'2'.repeat(64)}`,
  open: () => streamOf(),
};

it('assembleImage() writes these bytes for a config, and no others', async () => {
  const image = assembleImage({ layers: [layer], entrypoint: ['.'], epoch: 0 });
  expect((await bytesOf(image.config.open())).toString()).toBe(
    '{"created":"1970-01-01T00:00:00Z","architecture":"wasm","os":"wasi",' +
      '"config":{"Entrypoint":["."],"WorkingDir":"/"},' +
      `"rootfs":{"type":"layers","diff_ids":["sha256:${'2'.repeat(64)}"]},` +
      '"history":[{"created":"1970-01-01T00:00:00Z","created_by":"wasm-image build"}]}',
  );
});

it('assembleImage() writes these bytes for a manifest, and no others', async () => {
  const image = assembleImage({ layers: [layer], entrypoint: ['.'], epoch: 0 });
  const { digest, size } = image.config.descriptor;
  expect((await bytesOf(image.manifest.open())).toString()).toBe(
    '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",' +
      `"config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"${digest}","size":${size}},` +
      '"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",' +
      `"digest":"sha256:${'1'.repeat(64)}","size":7}]}`,
  );
  expect(image.manifest.descriptor).toEqual({
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    digest: 'sha256:e2f579cae5b6573f00cf33f3f51d3c27ccb5d56fa425f6c0ee99fd1a0039ec22',
    size: 399,
  });
});

it('assembleImage() dates the config with the epoch it is given', async () => {
  const image = assembleImage({ layers: [layer], entrypoint: ['/a.wasm', '-x'], epoch: 1_700_000_000 });
  const config: unknown = JSON.parse((await bytesOf(image.config.open())).toString());
  expect(config).toMatchObject({
    created: '2023-11-14T22:13:20Z',
    config: { Entrypoint: ['/a.wasm', '-x'] },
  });
});
