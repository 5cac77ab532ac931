package worker

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
)

// SendHttpRequest sends a request to one of the hosts that the worker's configuration allows, and waits for the
// answer. Redirects have been followed. An *HttpRequestError says what the host refused, or what went wrong there.
//
// In WebAssembly http.DefaultTransport does the same, so that http.Get and clients without a transport of their own
// work.
func SendHttpRequest(request *http.Request) (*http.Response, error) {
	return transport.RoundTrip(request)
}

// HttpErrorCode tells why a request was not answered.
type HttpErrorCode int

const (
	InvalidRequest HttpErrorCode = iota
	InvalidRequestBody
	InvalidResponseBody
	NotAllowed
	InternalError
	Timeout
	RedirectLoop
)

// HttpRequestError is a request that was not answered.
type HttpRequestError struct {
	Code    HttpErrorCode
	Message string
}

func (err *HttpRequestError) Error() string {
	return err.Message
}

// Timeout makes it one of the errors that know whether they are about time, as package net has them.
func (err *HttpRequestError) Timeout() bool {
	return err.Code == Timeout
}

// methods, in the order of their numbers.
var methods = []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD"}

func methodNumber(method string) (uint32, error) {
	if method == "" {
		return 0, nil
	}
	for number, known := range methods {
		if method == known {
			return uint32(number), nil
		}
	}
	return 0, &HttpRequestError{InvalidRequest, fmt.Sprintf("the method %q cannot be sent", method)}
}

// field is one line of a header.
type field struct{ name, value string }

func fieldsOf(request *http.Request) []field {
	var fields []field
	for name, values := range request.Header {
		for _, value := range values {
			fields = append(fields, field{name, value})
		}
	}
	return fields
}

// bodyOf reads and closes the body of a request, as a transport has to.
func bodyOf(request *http.Request) ([]byte, error) {
	if request.Body == nil {
		return nil, nil
	}
	defer request.Body.Close()
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, fmt.Errorf("cannot read the body of the request: %w", err)
	}
	return body, nil
}

func responseTo(request *http.Request, status int, fields []field, body []byte) *http.Response {
	response := &http.Response{
		Status:        fmt.Sprintf("%d %s", status, http.StatusText(status)),
		StatusCode:    status,
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{},
		Body:          io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)),
		Request:       request,
	}
	for _, field := range fields {
		response.Header.Add(field.name, field.value)
	}
	return response
}
