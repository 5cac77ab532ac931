// Passes on what another server answers.
package main

import (
	"io"
	"net/http"
	"os"

	"wws.internal/worker"
)

func main() {
	worker.ServeFunc(func(w http.ResponseWriter, _ *http.Request) {
		response, err := http.Get(os.Getenv("UPSTREAM"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.WriteHeader(response.StatusCode)
		_, _ = io.Copy(w, response.Body)
	})
}
