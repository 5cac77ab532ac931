import { ShimError } from '../errors.ts';
import { configPath, readConfigJson } from '../sandbox/config-json.ts';

/** The part of an OCI runtime spec that decides which shim a container belongs to. */
export interface ContainerConfig {
  readonly annotations?: Readonly<Record<string, unknown>>;
}

/**
 * Reads what `start` wants of a bundle's spec, or nothing where a client made none.
 *
 * @throws ShimError invalid-argument that names the file and what is wrong with it
 */
export function readConfig(bundle: string): ContainerConfig | undefined {
  const found = readConfigJson(bundle);
  if (found === undefined) return undefined;
  const config = found.value;
  if (typeof config !== 'object' || config === null || Array.isArray(config)) {
    const file = configPath(bundle);
    throw new ShimError('invalid-argument', `Cannot read "${file}": expected a JSON object`);
  }
  if ('annotations' in config && typeof config.annotations === 'object' && config.annotations !== null) {
    return { annotations: { ...config.annotations } };
  }
  return {};
}
