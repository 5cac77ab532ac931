import { type Codec, codec, type Input, type MessageName, root } from './codec.ts';
import type { Messages, Services } from './gen/registry.ts';

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
  const methods = root()
    .lookupService(name)
    .methodsArray.map((method) => {
      method.resolve();
      return [
        method.name,
        {
          request: codecOf(method.resolvedRequestType),
          response: codecOf(method.resolvedResponseType),
          requestStream: method.requestStream ?? false,
          responseStream: method.responseStream ?? false,
        },
      ];
    });
  return Object.fromEntries(methods) as ServiceCodecs<Name>;
}

/** The descriptors and the registry come from the same files, so a resolved type's name is in the registry. */
function codecOf(type: { readonly fullName: string } | null): Codec<Messages[MessageName]> {
  if (!type) throw new Error('Cannot find the codec of a method: its type is not resolved');
  return codec(type.fullName.replace(/^\./, '') as MessageName);
}
