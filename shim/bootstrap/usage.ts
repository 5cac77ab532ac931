export const USAGE = `containerd-shim-wws-v1 runs WebAssembly workers as containers. containerd starts it; people rarely do.

Usage: containerd-shim-wws-v1 [flags] start | delete
       containerd-shim-wws-v1 -info | -v | --help

Actions:
  start    makes sure that a shim serves the container's group and prints its address; runs inside the bundle
  delete   cleans up after the container and writes a DeleteResponse

Flags:
  -namespace NAME        containerd namespace of the container
  -id ID                 the container
  -address PATH          gRPC socket of containerd
  -bundle DIRECTORY      bundle of the container (delete)
  -publish-binary PATH   accepted, not used: events go to TTRPC_ADDRESS
  -debug                 more in the log
  -info                  writes a RuntimeInfo message and ends
  -v, -version           prints the version and ends

Examples:
  ctr run --runtime io.containerd.wws.v1 docker.io/library/hello:latest hello
  docker run -d -p 3000:3000 --runtime io.containerd.wws.v1 --platform wasi/wasm hello
  containerd-shim-wws-v1 -namespace default -id hello -bundle "$PWD" delete
`;
