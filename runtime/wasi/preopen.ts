/** A directory a guest may reach, and what it may do there. */
export interface Preopen {
  /** The path the guest knows it by. */
  readonly guestPath: string;
  /** The directory it stands for, absolute, on this side of the wall. */
  readonly hostPath: string;
  readonly writable: boolean;
}
