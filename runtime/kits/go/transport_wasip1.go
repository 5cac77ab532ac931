package worker

import (
	"fmt"
	"net/http"
	"runtime"
	"unsafe"
)

var transport http.RoundTripper = hostTransport{}

func init() {
	http.DefaultTransport = transport
}

// hostTransport has the host send requests, by the import that the wws kits use.
type hostTransport struct{}

// span is where bytes are in memory, as the import has it.
type span struct{ pointer, length uint32 }

// record is a line of a header there.
type record struct{ name, value span }

// reply is filled in by the host. Its fields after code mean one thing after success and another after failure.
type reply struct {
	tag, _, _, _ uint8
	// code is what went wrong, or 1 for a body.
	code, _, _, _ uint8
	// text is the message of what went wrong, or the body.
	text    span
	headers span
	status  uint16
	_       uint16
}

// Nothing here may be on the stack, which moves while the host calls back: without go:noescape it is not.
//
//go:wasmimport http send-http-request
func sendHTTPRequest(
	bodyTag uint32, body unsafe.Pointer, bodyLength uint32,
	headers unsafe.Pointer, headersLength uint32,
	method uint32,
	params unsafe.Pointer, paramsLength uint32,
	uri unsafe.Pointer, uriLength uint32,
	result unsafe.Pointer,
)

func (hostTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	body, err := bodyOf(request)
	if err != nil {
		return nil, err
	}
	if err := request.Context().Err(); err != nil {
		return nil, err
	}
	method, err := methodNumber(request.Method)
	if err != nil {
		return nil, err
	}
	fields := fieldsOf(request)
	records := make([]record, len(fields))
	for i, field := range fields {
		records[i] = record{spanOf(field.name), spanOf(field.value)}
	}
	uri := request.URL.String()
	result := new(reply)
	sendHTTPRequest(
		1, unsafe.Pointer(unsafe.SliceData(body)), uint32(len(body)),
		unsafe.Pointer(unsafe.SliceData(records)), uint32(len(records)),
		method,
		nil, 0,
		unsafe.Pointer(unsafe.StringData(uri)), uint32(len(uri)),
		unsafe.Pointer(result),
	)
	// The records hold addresses that the garbage collector takes for numbers.
	runtime.KeepAlive(fields)
	text := take(result.text)
	if result.tag != 0 {
		return nil, &HttpRequestError{HttpErrorCode(result.code), string(text)}
	}
	return responseTo(request, int(result.status), takeFields(result.headers), text), nil
}

func spanOf(text string) span {
	return span{uint32(uintptr(unsafe.Pointer(unsafe.StringData(text)))), uint32(len(text))}
}

// takeFields reads an array of records; its length counts them.
func takeFields(array span) []field {
	bytes := take(span{array.pointer, array.length * uint32(unsafe.Sizeof(record{}))})
	if len(bytes) == 0 {
		return nil
	}
	records := unsafe.Slice((*record)(unsafe.Pointer(unsafe.SliceData(bytes))), array.length)
	fields := make([]field, len(records))
	for i, record := range records {
		fields[i] = field{string(take(record.name)), string(take(record.value))}
	}
	return fields
}

// lent is memory that the host has asked for and that nobody has taken yet, by its address.
var lent = map[uint32][]uint64{}

// The host calls it in the middle of sendHTTPRequest, to have room for what it answers.
//
//go:wasmexport canonical_abi_realloc
func realloc(old, oldLength, alignment, length uint32) uint32 {
	if length == 0 {
		return alignment
	}
	room := make([]uint64, (length+7)/8)
	if before, ok := lent[old]; ok {
		copy(room, before)
		delete(lent, old)
	}
	address := uint32(uintptr(unsafe.Pointer(unsafe.SliceData(room))))
	lent[address] = room
	return address
}

//go:wasmexport canonical_abi_free
func free(address, _, _ uint32) {
	delete(lent, address)
}

// take gives what the host has filled.
func take(from span) []byte {
	if from.length == 0 {
		return nil
	}
	room, ok := lent[from.pointer]
	if !ok || int(from.length) > len(room)*8 {
		panic(fmt.Sprintf("worker: the host answers with memory that is not its own: %d bytes at %d", from.length, from.pointer))
	}
	delete(lent, from.pointer)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(room))), from.length)
}
