export interface Platform {
  readonly os: string;
  readonly architecture: string;
}

/** What the images we build say they are for: the spelling Docker, Kubernetes and containerd's users use. */
export const platformOfWorkers: Platform = { os: 'wasi', architecture: 'wasm' };

/** Spellings of the same platform in images of others. */
const operatingSystems: readonly string[] = ['wasi', 'wasip1', 'wasm32', 'wasm'];
const architectures: readonly string[] = ['wasm', 'wasm32', 'wasi'];

export function runsWorkers(platform: Platform): boolean {
  return operatingSystems.includes(platform.os) && architectures.includes(platform.architecture);
}

/** `os/architecture`, as `--platform` takes it. */
export function platformText(platform: Platform): string {
  return `${platform.os || 'unknown'}/${platform.architecture || 'unknown'}`;
}
