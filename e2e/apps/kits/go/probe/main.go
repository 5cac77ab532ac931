// Does what the path of the request says, for the tests of the kit; the probe of the Rust kit knows the same paths.
package main

import (
	cryptorand "crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"wws.internal/worker"
)

var (
	visits  int
	started = time.Now()
)

func main() {
	mux := http.NewServeMux()
	for path, handler := range map[string]http.HandlerFunc{
		"/hello": hello, "/echo": echo, "/bytes": sendBytes, "/kv": kv, "/env": env, "/read": read, "/write": write,
		"/cookies": cookies, "/fetch": fetch, "/post": post, "/visits": count, "/random": random, "/clock": clock,
		"/fail": fail, "/stderr": stderr, "/reverse": reverse,
		// What only Go can do.
		"/writes": writes, "/nothing": nothing, "/late-header": lateHeader, "/get": get, "/goroutines": goroutines,
		"/exit": exit, "/hungry": hungry,
	} {
		mux.HandleFunc(path, handler)
	}
	if os.Getenv("TALK") != "" {
		fmt.Fprintln(os.Stderr, "in main")
	}
	if os.Getenv("EARLY") != "" {
		_, err := http.Get(os.Getenv("EARLY"))
		fmt.Fprintln(os.Stderr, err)
	}
	worker.Serve(mux)
}

func cache(r *http.Request) map[string]string {
	return r.Context().Value(worker.CacheKey).(map[string]string)
}

func hello(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Kind", "probe")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprint(w, "hello <&> \u2028 é")
}

// echo tells what it has been asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	params := r.Context().Value(worker.ParamsKey).(map[string]string)
	answer := map[string]any{
		"method": r.Method, "url": r.URL.String(), "host": r.Host, "agent": r.Header.Get("User-Agent"),
		"body": string(body), "params": params,
	}
	for name := range params {
		if r.PathValue(name) != params[name] {
			panic("PathValue and ParamsKey differ")
		}
	}
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err)
	}
}

func sendBytes(w http.ResponseWriter, _ *http.Request) {
	bytes := make([]byte, 256)
	for i := range bytes {
		bytes[i] = byte(i)
	}
	_, _ = w.Write(bytes)
}

// reverse answers with the bytes of the body backwards.
func reverse(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err)
	}
	slices.Reverse(body)
	_, _ = w.Write(body)
}

// kv counts, forgets one key and adds one whose name is hard to write.
func kv(w http.ResponseWriter, r *http.Request) {
	cache := cache(r)
	count, _ := strconv.Atoi(cache["count"])
	cache["count"] = strconv.Itoa(count + 1)
	delete(cache, "forget")
	cache["a.b \"c\" é"] = "d.e"
	fmt.Fprint(w, count+1)
}

func env(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, os.Getenv("GREETING"))
}

func read(w http.ResponseWriter, _ *http.Request) {
	text, err := os.ReadFile("/data/note.txt")
	if err != nil {
		fmt.Fprint(w, errors.Unwrap(err))
		return
	}
	_, _ = w.Write(text)
}

func write(w http.ResponseWriter, r *http.Request) {
	if err := os.WriteFile("/data/written.txt", []byte(r.Method), 0o644); err != nil {
		panic(err)
	}
	fmt.Fprint(w, "written")
}

func cookies(w http.ResponseWriter, _ *http.Request) {
	http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
	http.SetCookie(w, &http.Cookie{Name: "b", Value: "2"})
}

// fetch sends a request with headers that repeat and tells of the answer.
func fetch(w http.ResponseWriter, _ *http.Request) {
	request, err := http.NewRequest("GET", os.Getenv("UPSTREAM"), nil)
	if err != nil {
		panic(err)
	}
	request.Header.Add("X-A", "1")
	request.Header.Add("X-A", "é")
	response, err := worker.SendHttpRequest(request)
	tell(w, response, err)
}

func post(w http.ResponseWriter, _ *http.Request) {
	body := strings.NewReader("\x00\xff")
	response, err := http.DefaultClient.Post(os.Getenv("UPSTREAM"), "application/octet-stream", body)
	tell(w, response, err)
}

func get(w http.ResponseWriter, _ *http.Request) {
	response, err := http.Get(os.Getenv("UPSTREAM"))
	tell(w, response, err)
}

func tell(w http.ResponseWriter, response *http.Response, err error) {
	if refused := new(worker.HttpRequestError); errors.As(err, &refused) {
		fmt.Fprintf(w, "error %d: %v", refused.Code, refused)
		return
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(w, "%d %s %q", response.StatusCode, strings.Join(response.Header.Values("X-B"), ","), body)
}

func count(w http.ResponseWriter, _ *http.Request) {
	visits++
	fmt.Fprint(w, visits)
}

// random draws from every source there is: none may give two requests the same.
func random(w http.ResponseWriter, _ *http.Request) {
	bytes := make([]byte, 8)
	_, _ = cryptorand.Read(bytes)
	// Far enough to come past the numbers that lie ready.
	for range 50 {
		fmt.Fprintf(w, "%d\n", rand.Uint64())
	}
	fmt.Fprintf(w, "%x\n", bytes)
}

func clock(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, time.Now().UnixMilli(), " ", time.Since(started) >= 0)
}

func fail(http.ResponseWriter, *http.Request) {
	panic("out of order")
}

func stderr(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprintln(os.Stderr, "a line for the log")
}

func writes(w http.ResponseWriter, _ *http.Request) {
	for _, part := range []string{"one ", "two ", "three"} {
		_, _ = io.WriteString(w, part)
	}
}

func nothing(http.ResponseWriter, *http.Request) {}

func lateHeader(w http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(w, "sent")
	w.Header().Set("X-Late", "1")
	w.WriteHeader(http.StatusTeapot)
}

func goroutines(w http.ResponseWriter, _ *http.Request) {
	results := make(chan string)
	for _, name := range []string{"b", "a", "c"} {
		go func() {
			time.Sleep(time.Millisecond)
			results <- name
		}()
	}
	names := map[string]bool{}
	for range 3 {
		names[<-results] = true
	}
	fmt.Fprint(w, slices.Sorted(maps.Keys(names)))
}

func exit(http.ResponseWriter, *http.Request) {
	os.Exit(3)
}

// hungry needs more memory than there was when the worker was prepared, and has it collected.
func hungry(w http.ResponseWriter, _ *http.Request) {
	total := 0
	for range 64 {
		total += len(strings.Repeat("x", 1<<20))
	}
	fmt.Fprint(w, total)
}
