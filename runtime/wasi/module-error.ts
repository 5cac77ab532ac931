/** Why a module cannot be used. */
export type ModuleErrorCode =
  /** The file cannot be read. */
  | 'unreadable'
  /** The bytes are no valid core module. */
  | 'invalid'
  /** It is a component. */
  | 'component'
  /** It asks for memory that is not given. */
  | 'memory'
  /** Its tables are too large, or of a kind that is not supported. */
  | 'table'
  /** It imports or lacks something. */
  | 'link';

/** A module cannot be used; the message names the file and the reason. */
export class ModuleError extends Error {
  override readonly name: string = 'ModuleError';
  readonly code: ModuleErrorCode;

  constructor(code: ModuleErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
