import {
  create,
  type DescMessage,
  type DescMethodServerStreaming,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { CallOptions, Client, ClientReadableStream, ServiceError } from '@grpc/grpc-js';
import { RuntimeError, type RuntimeErrorCode } from './contract.ts';

const maximumMessageBytes = 16 * 1024 * 1024;

export interface GrpcCallOptions {
  /** Absent: as long as it takes. */
  readonly deadlineMs?: number;
  readonly signal?: AbortSignal;
}

/** Calls one gRPC server with the codecs generated from its `.proto`. Faults are `RuntimeError`s. */
export interface GrpcClient extends Disposable {
  unary<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    options?: GrpcCallOptions,
  ): Promise<MessageShape<O>>;
  serverStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    signal: AbortSignal,
  ): AsyncIterable<MessageShape<O>>;
  /** The same with messages as they came: where each one replaces the one before, only the newest need be decoded. */
  byteStream<I extends DescMessage, O extends DescMessage>(
    method: DescMethodServerStreaming<I, O>,
    request: MessageInitShape<I>,
    signal: AbortSignal,
  ): AsyncIterable<Uint8Array>;
  /** Resolves when there is a connection; tries for `withinMs`, then rejects with DEADLINE_EXCEEDED. */
  connected(withinMs: number): Promise<void>;
  /** Tells now, and whenever it changes, whether there is a connection. While someone listens the connection is made again when it is lost, without a call. */
  watchConnection(listener: (isConnected: boolean) => void): Disposable;
}

/**
 * A client for a gRPC server on a unix socket (`unix:///run/x.sock`). Does not wait for the server: calls fail with UNAVAILABLE until it is there, and the
 * connection is made again by itself after it was lost.
 */
export async function createGrpcClient(endpoint: string): Promise<GrpcClient> {
  const grpc = await import('@grpc/grpc-js');
  const client = new grpc.Client(endpoint, grpc.credentials.createInsecure(), {
    'grpc.max_receive_message_length': maximumMessageBytes,
    'grpc.max_send_message_length': maximumMessageBytes,
    // A runtime that was restarted is back within a second; upstream's default of two minutes would leave the node NotReady that long.
    'grpc.initial_reconnect_backoff_ms': 50,
    'grpc.min_reconnect_backoff_ms': 50,
    'grpc.max_reconnect_backoff_ms': 1_000,
    // Two clients of one process must not share a connection: closing one would cut the other's streams.
    'grpc.use_local_subchannel_pool': 1,
  });
  return {
    unary: (method, request, options = {}) =>
      new Promise((resolve, reject) => {
        if (options.signal?.aborted) return reject(new RuntimeError('CANCELLED', 'cancelled', { cause: options.signal.reason }));
        const callOptions: CallOptions = options.deadlineMs === undefined ? {} : { deadline: Date.now() + options.deadlineMs };
        const call = client.makeUnaryRequest(pathOf(method), encoder(method), decoder(method), request, callOptions, (error, response) => {
          options.signal?.removeEventListener('abort', onAbort);
          if (error) reject(runtimeErrorOf(error));
          else resolve(response!);
        });
        const onAbort = (): void => call.cancel();
        options.signal?.addEventListener('abort', onAbort, { once: true });
      }),
    serverStream: (method, request, signal) => messagesOf(client.makeServerStreamRequest(pathOf(method), encoder(method), decoder(method), request), signal),
    byteStream: (method, request, signal) =>
      messagesOf(
        client.makeServerStreamRequest(pathOf(method), encoder(method), (bytes: Buffer): Uint8Array => bytes, request),
        signal,
      ),
    connected: (withinMs) =>
      new Promise((resolve, reject) => {
        client.waitForReady(Date.now() + withinMs, (error) =>
          error ? reject(new RuntimeError('DEADLINE_EXCEEDED', 'context deadline exceeded', { cause: error })) : resolve(),
        );
      }),
    watchConnection: (listener) => watchChannel(client.getChannel(), grpc.connectivityState, listener),
    [Symbol.dispose]: () => client.close(),
  };
}

function watchChannel(
  channel: ReturnType<Client['getChannel']>,
  states: { readonly READY: number; readonly SHUTDOWN: number },
  listener: (isConnected: boolean) => void,
): Disposable {
  let isEnded = false;
  let told: boolean | undefined;
  const look = (): void => {
    if (isEnded) return;
    const state = channel.getConnectivityState(true);
    const isConnected = state === states.READY;
    if (told !== isConnected) listener((told = isConnected));
    if (!isEnded && state !== states.SHUTDOWN) channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, look);
  };
  look();
  return { [Symbol.dispose]: () => void (isEnded = true) };
}

async function* messagesOf<T>(call: ClientReadableStream<T>, signal: AbortSignal): AsyncIterable<T> {
  const onAbort = (): void => call.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) call.cancel();
  try {
    for await (const message of call) yield message as T;
  } catch (error) {
    if (!signal.aborted) throw runtimeErrorOf(error as ServiceError);
  } finally {
    signal.removeEventListener('abort', onAbort);
    call.cancel();
  }
}

type Method<I extends DescMessage, O extends DescMessage> = DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>;
const pathOf = <I extends DescMessage, O extends DescMessage>(method: Method<I, O>): string => `/${method.parent.typeName}/${method.name}`;
const encoder =
  <I extends DescMessage, O extends DescMessage>(method: Method<I, O>) =>
  (request: MessageInitShape<I>): Buffer => {
    const bytes = toBinary(method.input, create(method.input, request));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
const decoder =
  <I extends DescMessage, O extends DescMessage>(method: Method<I, O>) =>
  (bytes: Buffer): MessageShape<O> =>
    fromBinary(method.output, bytes);

// gRPC's numbers. The four that the contract leaves out have no meaning a caller could act on.
const codesByNumber: readonly (RuntimeErrorCode | undefined)[] = [
  undefined,
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  undefined,
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  undefined,
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  undefined,
  undefined,
];

export function runtimeErrorOf(error: ServiceError): RuntimeError {
  return new RuntimeError(codesByNumber[error.code] ?? 'UNKNOWN', error.details || error.message, { cause: error });
}

export const grpcNumberOf = (code: RuntimeErrorCode): number => codesByNumber.indexOf(code);
