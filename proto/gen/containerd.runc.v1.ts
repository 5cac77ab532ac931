export interface Options {
  readonly noPivotRoot: boolean;
  readonly noNewKeyring: boolean;
  readonly shimCgroup: string;
  readonly ioUid: number;
  readonly ioGid: number;
  readonly binaryName: string;
  readonly root: string;
  readonly systemdCgroup: boolean;
  readonly criuImagePath: string;
  readonly criuWorkPath: string;
  readonly taskApiAddress: string;
  readonly taskApiVersion: number;
}

export interface ProcessDetails {
  readonly execId: string;
}
