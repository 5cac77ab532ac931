import type { Timestamp } from './gen/google.protobuf.ts';

/** A date as a protobuf timestamp; nanos stay positive before 1970 as well. */
export function toTimestamp(date: Date): Timestamp {
  const milliseconds = date.getTime();
  const seconds = Math.floor(milliseconds / 1000);
  return { seconds: BigInt(seconds), nanos: (milliseconds - seconds * 1000) * 1_000_000 };
}

/** The date of a protobuf timestamp, cut to milliseconds. */
export function fromTimestamp({ seconds, nanos }: Timestamp): Date {
  return new Date(Number(seconds) * 1000 + Math.floor(nanos / 1_000_000));
}
