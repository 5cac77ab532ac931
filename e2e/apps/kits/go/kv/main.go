// Counts its visits in the K/V namespace.
package main

import (
	"fmt"
	"net/http"
	"strconv"

	"wws.internal/worker"
)

func main() {
	worker.ServeFunc(func(w http.ResponseWriter, r *http.Request) {
		cache := r.Context().Value(worker.CacheKey).(map[string]string)
		count, _ := strconv.Atoi(cache["count"])
		cache["count"] = strconv.Itoa(count + 1)
		fmt.Fprint(w, cache["count"])
	})
}
