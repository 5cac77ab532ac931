/** The host's functions, taken off the global object before any code of a worker runs. */
export const {
  /** Prints a string as it is. */
  writeStderr,
  /** A random number of 32 bits. */
  entropy,
  /** UTF-8 of a string. */
  encodeUtf8,
  /** `(label)`: the encoding's name; `(label, bytes, fatal, ignoreBOM)`: the text. */
  decodeText,
  /** A part of the current request by name: url, method, headers, body, kv, params; objects as JSON text. */
  requestPart,
  /** `(status, headers, body, kv)`: headers as lines, a name and its value in turn; kv as JSON text. */
  answer,
  /** Ends the request without an answer, for the reason given. */
  fail,
} = globalThis.host;

delete globalThis.host;
