export interface Options {
  readonly typeUrl: string;
  readonly configPath: string;
  readonly configBody: Uint8Array;
}
