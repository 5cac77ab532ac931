/**
 * Why a guest is made to stop inside a host call. Thrown through the guest's stack; a guest that catches
 * it meets it again at its next host call.
 */
export class GuestEnd extends Error {
  override readonly name: string = 'GuestEnd';
}

/** `proc_exit`: the guest's own wish. */
export class GuestExit extends GuestEnd {
  override readonly name: string = 'GuestExit';
  /** As the guest gave it, unsigned 32 bits. */
  readonly code: number;

  constructor(code: number) {
    super(`exited with code ${code}`);
    this.code = code;
  }
}

/** A limit was passed; the message names it. */
export class GuestLimitExceeded extends GuestEnd {
  override readonly name: string = 'GuestLimitExceeded';
}

/** Somebody outside asked for the guest's end while it was waiting in a host call. */
export class GuestInterrupted extends GuestEnd {
  override readonly name: string = 'GuestInterrupted';

  constructor() {
    super('interrupted');
  }
}
