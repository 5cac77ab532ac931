//go:build !wasip1

package worker

import "net/http"

// transport sends requests itself where there is no host: programs can be tried out and tested natively.
var transport = http.DefaultTransport
