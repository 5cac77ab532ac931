// Answers with the parameter of its route.
package main

import (
	"fmt"
	"net/http"

	"wws.internal/worker"
)

func main() {
	worker.ServeFunc(func(w http.ResponseWriter, r *http.Request) {
		params := r.Context().Value(worker.ParamsKey).(map[string]string)
		fmt.Fprint(w, params["id"])
	})
}
