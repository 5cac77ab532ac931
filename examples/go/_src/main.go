// Short links: PUT makes a name lead to a URL, GET goes there, and /name?info tells how often that was done.
package main

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"

	"wws.internal/worker"
)

func main() {
	// Once, before the first request: see the README.
	missing, err := os.ReadFile("/texts/missing.txt")
	if err != nil {
		log.Fatal(err)
	}
	links := links{missing: string(missing), owner: os.Getenv("OWNER")}
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /{slug}", links.put)
	mux.HandleFunc("GET /{slug}", links.get)
	worker.Serve(mux)
}

type links struct{ missing, owner string }

func cache(r *http.Request) map[string]string {
	return r.Context().Value(worker.CacheKey).(map[string]string)
}

func (links links) put(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	target, err := url.Parse(strings.TrimSpace(string(body)))
	if err != nil || (target.Scheme != "http" && target.Scheme != "https") {
		http.Error(w, "Expected an http URL", http.StatusBadRequest)
		return
	}
	slug := r.PathValue("slug")
	cache(r)["to "+slug] = target.String()
	cache(r)["visits "+slug] = "0"
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, "/%s leads to %s\n", slug, target)
}

func (links links) get(w http.ResponseWriter, r *http.Request) {
	slug := r.PathValue("slug")
	target, ok := cache(r)["to "+slug]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, links.missing, slug, links.owner)
		return
	}
	visits, _ := strconv.Atoi(cache(r)["visits "+slug])
	if r.URL.Query().Has("info") {
		fmt.Fprintf(w, "/%s leads to %s; times followed: %d\n", slug, target, visits)
		return
	}
	cache(r)["visits "+slug] = strconv.Itoa(visits + 1)
	http.Redirect(w, r, target, http.StatusFound)
}
