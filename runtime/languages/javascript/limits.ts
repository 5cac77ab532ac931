/** What one JavaScript worker may use of the machine. Time is bounded by whoever runs the thread. */
export interface JavaScriptLimits {
  /** Largest size of the guest's memory in bytes: engine, heap and stack. */
  readonly memoryBytes: number;
  /** Bytes of stderr kept per request; what comes later is counted and dropped. */
  readonly stderrBytes: number;
}

export const DEFAULT_LIMITS: JavaScriptLimits = {
  memoryBytes: 128 * 1024 * 1024,
  stderrBytes: 1024 * 1024,
};
