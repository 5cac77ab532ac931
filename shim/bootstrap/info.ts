import { VERSION } from '../version.ts';
import { bytesField } from './wire.ts';

/** Name users give the runtime by, also `RuntimeInfo.name`. */
export const RUNTIME_NAME = 'io.containerd.wws.v1';

/**
 * `containerd.types.RuntimeInfo` {1 name, 2 version {1 version}} for `-info`. Options,
 * features and annotations stay absent: claiming a feature makes containerd send what needs it.
 */
export function encodeRuntimeInfo(): Uint8Array {
  return Buffer.concat([bytesField(1, RUNTIME_NAME), bytesField(2, bytesField(1, VERSION))]);
}
