module upstream

go 1.24

require github.com/vmware-labs/wasm-workers-server/kits/go/worker v0.0.0

replace github.com/vmware-labs/wasm-workers-server/kits/go/worker => ../../../../runtime/kits/go
