package worker

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"
)

// responseEnvelope is what goes to standard output.
type responseEnvelope struct {
	Data string `json:"data"`
	// Headers holds a string for each name, or a list where it has several values.
	Headers map[string]any    `json:"headers"`
	Status  int               `json:"status"`
	KV      map[string]string `json:"kv"`
	Base64  bool              `json:"base64"`
}

// response gathers what a handler writes, and is written when the handler has returned.
type response struct {
	header http.Header
	// sent is the header as it was when the status was, as in net/http; nil before.
	sent   http.Header
	status int
	body   bytes.Buffer
}

func newResponse() *response {
	return &response{header: http.Header{}}
}

func (response *response) Header() http.Header {
	return response.header
}

func (response *response) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %d", status))
	}
	// Informational answers cannot be sent, and the final one is still to come.
	isFinal := status >= 200 || status == http.StatusSwitchingProtocols
	if response.sent == nil && isFinal {
		response.status = status
		response.sent = response.header.Clone()
	}
}

func (response *response) Write(data []byte) (int, error) {
	response.WriteHeader(http.StatusOK)
	return response.body.Write(data)
}

func (response *response) WriteString(text string) (int, error) {
	response.WriteHeader(http.StatusOK)
	return response.body.WriteString(text)
}

// Flush is there for handlers that ask for it; an answer goes out as a whole.
func (response *response) Flush() {
	response.WriteHeader(http.StatusOK)
}

func (response *response) writeTo(output io.Writer, cache map[string]string) error {
	response.WriteHeader(http.StatusOK)
	envelope := responseEnvelope{Headers: map[string]any{}, Status: response.status, KV: cache}
	for name, values := range response.sent {
		switch len(values) {
		case 0:
		case 1:
			envelope.Headers[name] = values[0]
		default:
			envelope.Headers[name] = values
		}
	}
	body := response.body.Bytes()
	envelope.Base64 = !utf8.Valid(body)
	if envelope.Base64 {
		envelope.Data = base64.StdEncoding.EncodeToString(body)
	} else {
		envelope.Data = string(body)
	}
	// At once: half an answer is none.
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(envelope); err != nil {
		return fmt.Errorf("cannot write the answer: %w", err)
	}
	if _, err := output.Write(text.Bytes()); err != nil {
		return fmt.Errorf("cannot write the answer: %w", err)
	}
	return nil
}
