import { ShimError } from '../errors.ts';
import { configPath, readConfigJson } from './config-json.ts';
import { JsonValue } from './json-value.ts';
import { parseSpec, type Spec } from './spec.ts';

/**
 * Reads the spec of the container in `bundle`.
 *
 * @throws ShimError invalid-argument that names the file and the place in it
 */
export function readSpec(bundle: string): Spec {
  const file = configPath(bundle);
  const config = readConfigJson(bundle);
  if (config === undefined) {
    throw new ShimError('invalid-argument', `Cannot read "${file}": no such file or directory`);
  }
  return parseSpec(new JsonValue(`"${file}"`, config.value));
}
