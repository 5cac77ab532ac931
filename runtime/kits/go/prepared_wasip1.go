package worker

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strings"
	_ "unsafe" // for go:linkname
)

// A library's main is not run by itself.
//
//go:linkname programMain main.main
func programMain()

// room is what a request may allocate without having to ask for more memory, which would cost the instance.
const room = 1 << 20

// The host calls it once, when package variables are there and init functions have run. 0 says that any number of
// requests may be answered from the state it leaves.
//
//go:wasmexport wws_prepare
func prepare() int32 {
	preparing = true
	programMain()
	preparing = false
	if prepared == nil {
		fmt.Fprintln(os.Stderr, "worker: main has returned and not called worker.Serve")
		os.Exit(1)
	}
	if !findRandomState() {
		return 1
	}
	warmUp()
	return 0
}

// The host calls it for each request, in the state that prepare has left.
//
//go:wasmexport wws_handle
func handle() {
	reseed()
	Serve(prepared)
}

// warmUp does once what the first request would do in every copy: encoding/json looks at types, and the heap grows.
func warmUp() {
	request := `{"url":"http://localhost/","method":"POST","headers":{"host":"localhost"},"body":"-","kv":{"-":"-"},"params":{"-":"-"}}`
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.Copy(w, r.Body)
	})
	var output bytes.Buffer
	if err := answer(handler, strings.NewReader(request), &output); err != nil {
		panic(err)
	}
	runtime.KeepAlive(make([]byte, room))
	runtime.GC()
}
