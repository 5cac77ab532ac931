// Greets, counts visits and tells the news, as the workers in the other languages do.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"

	"wws.internal/worker"
)

func main() {
	worker.ServeFunc(func(w http.ResponseWriter, r *http.Request) {
		cache := r.Context().Value(worker.CacheKey).(map[string]string)
		visit, _ := strconv.Atoi(cache["visits"])
		visit++
		cache["visits"] = strconv.Itoa(visit)
		greeting, err := os.ReadFile("/data/greeting.txt")
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		news, err := http.Get(os.Getenv("NEWS"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		fmt.Fprintf(w, "%s from Go, visit %d. ", strings.TrimSpace(string(greeting)), visit)
		_, _ = io.Copy(w, news.Body)
	})
}
