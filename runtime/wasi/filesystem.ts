/**
 * File systems by which the kernel shows or steers itself (`statfs(2)` magic numbers). No guest is given one,
 * whatever is mounted where.
 */
const kernelFilesystems: ReadonlyMap<bigint, string> = new Map([
  [0x9fa0n, 'proc'],
  [0x62656572n, 'sysfs'],
  [0x27e0ebn, 'cgroup'],
  [0x63677270n, 'cgroup2'],
  [0x64626720n, 'debugfs'],
  [0x74726163n, 'tracefs'],
  [0xcafe4a11n, 'bpf'],
  [0x73636673n, 'securityfs'],
  [0x62656570n, 'configfs'],
  [0xde5e81e4n, 'efivarfs'],
  [0x6165676cn, 'pstore'],
  [0xf97cff8cn, 'selinuxfs'],
  [0x43415d53n, 'smackfs'],
  [0x1cd1n, 'devpts'],
  [0x19800202n, 'mqueue'],
  [0x42494e4dn, 'binfmt_misc'],
  [0x65735543n, 'fusectl'],
  [0x6e736673n, 'nsfs'],
]);

/** The name of a kernel file system by `statfs.f_type`, or undefined for one that holds files. */
export function kernelFilesystem(type: bigint): string | undefined {
  return kernelFilesystems.get(type);
}
