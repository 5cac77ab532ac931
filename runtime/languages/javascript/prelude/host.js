/** The host's functions, taken off the global object before any code of a worker runs. */
export const {
  /** Prints a string as it is. */
  writeStderr,
  /** `(operation, …)`: work on bytes that `compute.ts` does at once; bytes. */
  compute,
  /** A random number of 32 bits. */
  entropy,
  /** UTF-8 of a string. */
  encodeUtf8,
  /** `(label)`: the encoding's name; `(label, bytes, fatal, ignoreBOM)`: the text. */
  decodeText,
  /**
   * A part of the current request by name: url, method, headers, body, bytes, kv, params; objects as JSON text.
   * The bytes are those of a body that is no UTF-8, else undefined.
   */
  requestPart,
  /** `(operation, path, …)`: what `file-calls.ts` has; errors begin with their code. */
  file,
  /** `(name, …)`: asks for something that takes time; the number of the question (`ask-host.js`). */
  ask,
  /** `(number)`: no answer to this question is wanted any more. */
  forget,
  /** `(milliseconds)`: the one alarm goes off then (`ask-host.js`), or never if negative. */
  wakeAfter,
  /** `(isOn)`: there is work to finish after the answer, or no more (`context.js`). */
  linger,
  /** `(status, headers, body, kv)`: headers as lines, a name and its value in turn; kv as `cache.js` has it. */
  answer,
  /** `(status, headers, kv)`, as of `answer`: all but the body, which comes in parts. */
  answerHead,
  /** `(bytes)`: a part of the body; `answer` ends it. 0, or the number of a question that is settled when there is room for more. */
  answerPart,
  /** Ends the request without an answer, for the reason given. */
  fail,
} = globalThis.host;

delete globalThis.host;
