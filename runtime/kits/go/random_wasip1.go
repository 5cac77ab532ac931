package worker

import (
	cryptorand "crypto/rand"
	"math/rand/v2"
	"unsafe"
)

// randomState is the generator behind math/rand, maps and hashes, as the runtime has it (internal/chacha8rand). In
// copies of one memory it would give the same numbers to every request, and nothing but this reaches it: since Go 1.24
// rand.Seed does nothing.
type randomState struct {
	values [32]uint64
	seed   [4]uint64
	next   uint32
	end    uint32
	count  uint32
}

// random is the runtime's own; nil before it is found.
var random *randomState

// findRandomState looks for the numbers that the generator gives out in the program's variables, and makes sure by
// experiment that what it found is all of its state. False when it is not to be found: in a runtime that has another.
func findRandomState() bool {
	for range 3 {
		if random = searchRandomState(); random != nil {
			return isWholeState()
		}
	}
	return false
}

func searchRandomState() *randomState {
	// Inverted, so that this is not found.
	var drawn [4]uint64
	for i := range drawn {
		drawn[i] = ^rand.Uint64()
	}
	// Variables come before the heap.
	end := uintptr(unsafe.Pointer(new([64]byte)))
	for at := uintptr(4096); at+unsafe.Sizeof(randomState{}) <= end; at += 8 {
		if *(*uint64)(unsafe.Add(nil, at)) != ^drawn[0] {
			continue
		}
		for index := range uintptr(len(randomState{}.values) - len(drawn) + 1) {
			state := (*randomState)(unsafe.Add(nil, at-8*index))
			values := state.values[index:][:len(drawn)]
			isNext := state.next == uint32(index)+uint32(len(drawn))
			if isNext && values[1] == ^drawn[1] && values[2] == ^drawn[2] && values[3] == ^drawn[3] {
				return state
			}
		}
	}
	return nil
}

// isWholeState says whether equal states give equal numbers, and states that differ in the seed or in the values at
// hand give others.
func isWholeState() bool {
	reseed()
	state := *random
	first := draw()
	*random = state
	again := draw()
	*random = state
	random.seed[0]++
	otherSeed := draw()
	*random = state
	reseed()
	afresh := draw()
	return first == again && first != otherSeed && first[0] != afresh[0]
}

// draw takes more numbers than are at hand, and so some that are made from the seed.
func draw() (drawn [80]uint64) {
	for i := range drawn {
		drawn[i] = rand.Uint64()
	}
	return drawn
}

// reseed makes the numbers to come independent of all that came before, in this copy of the memory and in others.
func reseed() {
	var seed [32]byte
	if _, err := cryptorand.Read(seed[:]); err != nil {
		panic(err)
	}
	source := rand.NewChaCha8(seed)
	for i := range random.values {
		random.values[i] = source.Uint64()
	}
	for i := range random.seed {
		random.seed[i] = source.Uint64()
	}
}
