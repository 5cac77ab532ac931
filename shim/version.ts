/** Version of the package this shim came with. */
export const VERSION = '0.1.0';
