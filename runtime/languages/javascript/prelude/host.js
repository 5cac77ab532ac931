/** The host's functions, taken off the global object before any code of a worker runs. */
export const { writeStderr, entropy, encodeUtf8, decodeText, answer, fail } = globalThis.host;

delete globalThis.host;
