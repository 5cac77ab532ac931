import { type Codec, codec, type Input, type MessageName } from './codec.ts';
import type { Messages, Services } from './gen/registry.ts';
import { serviceMethods } from './schema.ts';

/** Full name of a service, such as `containerd.task.v2.Task`. */
export type ServiceName = keyof Services;

type Request<Method> = Method extends { request: infer Name extends MessageName } ? Messages[Name] : never;
type Response<Method> = Method extends { response: infer Name extends MessageName } ? Messages[Name] : never;

/** One typed handler for each method of a service. */
export type Handlers<Name extends ServiceName, Context> = {
  readonly [Method in keyof Services[Name]]: (
    request: Request<Services[Name][Method]>,
    context: Context,
  ) => Promise<Input<Response<Services[Name][Method]>>>;
};

/** The codecs of one method, and whether either side sends a stream of messages. */
export interface MethodCodecs<In, Out> {
  readonly request: Codec<In>;
  readonly response: Codec<Out>;
  readonly requestStream: boolean;
  readonly responseStream: boolean;
}

/** The codecs of each method of a service. */
export type ServiceCodecs<Name extends ServiceName> = {
  readonly [Method in keyof Services[Name]]: MethodCodecs<
    Request<Services[Name][Method]>,
    Response<Services[Name][Method]>
  >;
};

/** Finds the codecs of a service by its full name. */
export function serviceCodecs<Name extends ServiceName>(name: Name): ServiceCodecs<Name> {
  const methods = serviceMethods(name).map((method) => [
    method.name,
    {
      // Descriptors and registry are generated from the same files, so every name here is in both.
      request: codec(method.request as MessageName),
      response: codec(method.response as MessageName),
      requestStream: method.requestStream,
      responseStream: method.responseStream,
    },
  ]);
  return Object.fromEntries(methods) as ServiceCodecs<Name>;
}
