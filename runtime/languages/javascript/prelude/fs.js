/** `node:fs`: its calls that do not wait, and its promises. */
import * as files from './files.js';
import promises from './fs-promises.js';

export * from './files.js';
export { promises };

export default { ...files, promises };
