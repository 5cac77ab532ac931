// Answers with a variable of its configuration.
package main

import (
	"fmt"
	"net/http"
	"os"

	"wws.internal/worker"
)

func main() {
	greeting := os.Getenv("GREETING")
	worker.ServeFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, greeting)
	})
}
