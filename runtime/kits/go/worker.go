// Package worker serves one request per run of a WebAssembly module: the request comes as a JSON object on standard
// input, the answer goes as one to standard output. Programs hand their handler to Serve:
//
//	func main() {
//		worker.ServeFunc(func(w http.ResponseWriter, r *http.Request) {
//			fmt.Fprintf(w, "Hello, %s", r.PathValue("name"))
//		})
//	}
//
// They are built with GOOS=wasip1 GOARCH=wasm. With -buildmode=c-shared, main runs once, when the worker is loaded,
// and each request is answered from a copy of the memory that it left: see the README.
package worker

import (
	"fmt"
	"io"
	"net/http"
	"os"
)

// ContextKey is the type of the keys in a request's context.
type ContextKey string

const (
	// CacheKey leads to the K/V namespace, a map[string]string. What it holds when the handler returns is stored.
	CacheKey ContextKey = "CACHE"
	// ParamsKey leads to the parameters of the route, a map[string]string. PathValue of the request has them as well.
	ParamsKey ContextKey = "PARAMS"
)

// While main is run ahead of all requests, Serve keeps the handler for them.
var (
	preparing bool
	prepared  http.Handler
)

// ServeFunc is Serve for a function.
func ServeFunc(handler http.HandlerFunc) {
	Serve(handler)
}

// Serve answers the request with handler. A request that makes no sense ends the program with exit code 1, a panic of
// handler with 2 and the stack on standard error: the answer is a page about an error then, and no K/V is stored.
func Serve(handler http.Handler) {
	if preparing {
		prepared = handler
		return
	}
	if err := answer(handler, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "worker:", err)
		os.Exit(1)
	}
}

func answer(handler http.Handler, input io.Reader, output io.Writer) error {
	request, cache, err := readRequest(input)
	if err != nil {
		return err
	}
	response := newResponse()
	handler.ServeHTTP(response, request)
	return response.writeTo(output, cache)
}
