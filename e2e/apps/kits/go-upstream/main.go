// As programs for Wasm Workers Server are written, with its kit's path.
package main

import (
	"net/http"
	"strconv"

	"github.com/vmware-labs/wasm-workers-server/kits/go/worker"
)

func main() {
	worker.ServeFunc(func(w http.ResponseWriter, r *http.Request) {
		cache, _ := r.Context().Value(worker.CacheKey).(map[string]string)
		params, _ := r.Context().Value(worker.ParamsKey).(map[string]string)
		count, _ := strconv.Atoi(cache["counter"])
		cache["counter"] = strconv.Itoa(count + 1)
		w.Header().Set("x-generated-by", "wasm-workers-server")
		w.Write([]byte(params["id"] + " " + cache["counter"]))
	})
}
