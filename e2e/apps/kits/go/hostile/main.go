// Does what its query says, and tells how it finds its state, for the tests of isolation and limits.
package main

import (
	cryptorand "crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"strings"

	"wws.internal/worker"
)

var (
	globals = 1
	left    *os.File
	kept    [][]byte
)

func main() {
	worker.ServeFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any
		switch r.URL.RawQuery {
		case "taint":
			taint()
		case "loop":
			for {
			}
		case "recurse":
			globals = recurse(0)
		case "allocate":
			for {
				kept = append(kept, []byte(strings.Repeat("x", 1<<20)))
			}
		case "flood":
			for {
				fmt.Println(strings.Repeat("x", 1<<16))
			}
		case "never":
			select {}
		case "random":
			answer = random()
		}
		if answer == nil {
			answer = found()
		}
		if err := json.NewEncoder(w).Encode(answer); err != nil {
			panic(err)
		}
	})
}

func found() map[string]any {
	file := open()
	defer file.Close()
	_, err := os.Stat("/tmp/left")
	return map[string]any{
		"globals": globals, "builtins": http.DefaultClient != nil, "environment": os.Getenv("MODE"),
		"files": file.Fd(), "tmp": err == nil,
	}
}

// taint changes a variable of the library in place of a builtin, which Go does not let it change.
func taint() {
	globals = 9
	http.DefaultClient = nil
	os.Setenv("MODE", "spoilt")
	left = open()
	_ = os.WriteFile("/tmp/left", []byte("here"), 0o644)
}

func open() *os.File {
	file, err := os.Open("/data/note.txt")
	if err != nil {
		panic(err)
	}
	return file
}

func recurse(depth int) int {
	return recurse(depth+1) + 1
}

func random() []string {
	drawn := make([]byte, 8)
	if _, err := cryptorand.Read(drawn); err != nil {
		panic(err)
	}
	return []string{fmt.Sprint(rand.Uint64()), hex.EncodeToString(drawn)}
}
