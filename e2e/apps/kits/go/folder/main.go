// Answers with a file of its folder.
package main

import (
	"net/http"
	"os"

	"wws.internal/worker"
)

func main() {
	worker.ServeFunc(func(w http.ResponseWriter, _ *http.Request) {
		text, err := os.ReadFile("/data/note.txt")
		if err != nil {
			http.Error(w, err.Error(), http.StatusNotFound)
			return
		}
		_, _ = w.Write(text)
	})
}
