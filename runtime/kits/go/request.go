package worker

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
)

// requestEnvelope is what comes on standard input.
type requestEnvelope struct {
	URL     string            `json:"url"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	// Base64 says how Body is written when it is no UTF-8.
	Base64 bool              `json:"base64"`
	KV     map[string]string `json:"kv"`
	Params map[string]string `json:"params"`
}

// readRequest gives the request and its K/V namespace, which the request's context holds as well.
func readRequest(input io.Reader) (*http.Request, map[string]string, error) {
	text, err := io.ReadAll(input)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the request: %w", err)
	}
	var envelope requestEnvelope
	if err := json.Unmarshal(text, &envelope); err != nil {
		return nil, nil, fmt.Errorf("cannot read the request: %w", err)
	}
	body, err := envelope.body()
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the body of the request: %w", err)
	}
	cache, params := orEmpty(envelope.KV), orEmpty(envelope.Params)
	ctx := context.WithValue(context.Background(), CacheKey, cache)
	ctx = context.WithValue(ctx, ParamsKey, params)
	request, err := http.NewRequestWithContext(ctx, envelope.Method, envelope.URL, bytes.NewReader(body))
	if err != nil {
		return nil, nil, fmt.Errorf("cannot make a request: %w", err)
	}
	request.RequestURI = request.URL.RequestURI()
	for name, value := range envelope.Headers {
		request.Header.Add(name, value)
	}
	if host := request.Header.Get("Host"); host != "" {
		request.Host = host
	}
	for name, value := range params {
		request.SetPathValue(name, value)
	}
	return request, cache, nil
}

func (envelope *requestEnvelope) body() ([]byte, error) {
	if !envelope.Base64 {
		return []byte(envelope.Body), nil
	}
	return base64.StdEncoding.DecodeString(envelope.Body)
}

func orEmpty(values map[string]string) map[string]string {
	if values == nil {
		return map[string]string{}
	}
	return values
}
