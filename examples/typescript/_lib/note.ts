export interface Note {
  readonly text: string;
  /** When it was written, in the form of ISO 8601. */
  readonly written: string;
}
