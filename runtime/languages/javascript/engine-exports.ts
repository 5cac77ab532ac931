/** Address of a boxed JavaScript value in the guest's memory; 0 is none. */
export type Box = number;

/** An address in the guest's memory; 0 is none. */
export type Address = number;

/** The C functions of quickjs-wasi that this area calls. Sizes and lengths are bytes. */
export interface EngineExports {
  readonly memory: WebAssembly.Memory;
  readonly __stack_pointer: { value: number };
  _initialize(): void;
  wasm_malloc(size: number): Address;
  wasm_free(address: Address): void;

  qjs_init(): number;
  qjs_set_memory_limit(size: number): void;
  qjs_set_max_stack_size(size: number): void;
  qjs_set_module_loader(enable: number): void;
  qjs_set_promise_rejection_handler(enable: number): void;
  qjs_run_gc(): void;

  qjs_eval(code: Address, length: number, file: Address, flags: number): Box;
  /** The bytecode's address, or 0 with the exception pending. */
  qjs_compile(
    code: Address,
    length: number,
    file: Address,
    evalFlags: number,
    writeFlags: number,
    lengthOut: Address,
  ): Address;
  qjs_eval_bytecode(code: Address, length: number): Box;
  qjs_call(callee: Box, self: Box, count: number, args: Address): Box;
  qjs_execute_pending_job(): number;
  qjs_is_job_pending(): number;

  qjs_is_exception(value: Box): number;
  qjs_get_exception(): Box;
  qjs_new_error(): Box;
  qjs_throw(error: Box): void;

  qjs_get_undefined(): Box;
  qjs_get_global(): Box;
  qjs_new_object(): Box;
  qjs_new_string(text: Address, length: number): Box;
  qjs_new_number(value: number): Box;
  qjs_new_uint8_array(data: Address, length: number): Box;
  qjs_new_host_function(name: Address, length: number, parameters: number): Box;
  qjs_is_undefined(value: Box): number;
  qjs_is_string(value: Box): number;
  qjs_get_float64(value: Box): number;
  qjs_get_value_ptr(value: Box): number;
  qjs_free_value(value: Box): void;
  qjs_dup_value(value: Box): Box;
  /** UTF-8 of the value as a string, to be freed by the next one, or 0 with the exception pending. */
  qjs_get_string_len(value: Box, lengthOut: Address): Address;
  qjs_free_cstring(text: Address): void;
  qjs_get_typed_array_buffer(
    value: Box,
    offsetOut: Address,
    lengthOut: Address,
    elementSizeOut: Address,
  ): Box;
  qjs_get_array_buffer(value: Box, lengthOut: Address): Address;
  qjs_get_prop_string(object: Box, name: Address): Box;
  qjs_set_prop_string(object: Box, name: Address, value: Box): number;
  qjs_promise_state(promise: Box): number;
  qjs_promise_result(promise: Box): Box;
  qjs_promise_mark_as_handled(promise: Box): void;
}

/** `JS_EVAL_*` of QuickJS. */
export const EVAL_SCRIPT = 0;
export const EVAL_MODULE = 1;

/** `JS_WRITE_OBJ_STRIP_SOURCE` of QuickJS. */
export const WRITE_STRIPPED: number = 1 << 4;

/** `JS_PROMISE_*` of QuickJS. */
export const PROMISE_PENDING = 0;
export const PROMISE_REJECTED = 2;
