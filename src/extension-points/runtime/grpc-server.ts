import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Socket, type Server as SocketServer } from 'node:net';
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
import type { MethodDefinition, ServerErrorResponse, ServerWritableStream, UntypedHandleCall, UntypedServiceImplementation } from '@grpc/grpc-js';
import { repairAuthority } from './authority-repair.ts';
import { RuntimeError } from './contract.ts';
import { grpcNumberOf } from './grpc-client.ts';

/** One method of a gRPC server: made by `unaryMethod` and `streamMethod`. */
export interface ServedMethod {
  readonly definition: MethodDefinition<unknown, unknown>;
  readonly handle: UntypedHandleCall;
}

/** A method that answers once. A throw answers with the code of a `RuntimeError`, else UNKNOWN. */
export function unaryMethod<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O>,
  answer: (request: MessageShape<I>, signal: AbortSignal) => Promise<MessageInitShape<O>>,
): ServedMethod {
  const handle: UntypedHandleCall = (
    call: { request: MessageShape<I>; once(event: 'cancelled', listener: () => void): unknown },
    respond: (error: Partial<ServerErrorResponse> | null, response?: unknown) => void,
  ) => {
    const cancellation = new AbortController();
    call.once('cancelled', () => cancellation.abort());
    // Within a promise, so that a handler that throws at once is answered like one that rejects.
    const answered = Promise.resolve(call.request).then((request) => answer(request, cancellation.signal));
    answered.then(
      (response) => respond(null, response),
      (error: unknown) => respond(refusalOf(error)),
    );
  };
  return { definition: definitionOf(method, false), handle };
}

/** A method that answers with a stream; it waits while the client reads slowly, and the signal aborts when the client is gone. */
export function streamMethod<I extends DescMessage, O extends DescMessage>(
  method: DescMethodServerStreaming<I, O>,
  answer: (request: MessageShape<I>, signal: AbortSignal) => AsyncIterable<MessageInitShape<O>>,
): ServedMethod {
  const handle: UntypedHandleCall = (call: ServerWritableStream<MessageShape<I>, MessageInitShape<O>>) => {
    const cancellation = new AbortController();
    call.once('cancelled', () => cancellation.abort());
    void sendAll(call, answer(call.request, cancellation.signal), cancellation.signal);
  };
  return { definition: definitionOf(method, true), handle };
}

async function sendAll<I, O>(call: ServerWritableStream<I, O>, messages: AsyncIterable<O>, signal: AbortSignal): Promise<void> {
  try {
    for await (const message of messages) {
      if (signal.aborted) return;
      if (!call.write(message)) await once(call, 'drain', { signal });
    }
    call.end();
  } catch (error) {
    if (!signal.aborted) call.emit('error', refusalOf(error));
  }
}

function definitionOf<I extends DescMessage, O extends DescMessage>(
  method: DescMethodUnary<I, O> | DescMethodServerStreaming<I, O>,
  responseStream: boolean,
): MethodDefinition<unknown, unknown> {
  const encode =
    (schema: DescMessage) =>
    (message: unknown): Buffer =>
      Buffer.from(toBinary(schema, create(schema, message as MessageInitShape<DescMessage>)));
  const decode =
    (schema: DescMessage) =>
    (bytes: Buffer): unknown =>
      fromBinary(schema, bytes);
  return {
    path: `/${method.parent.typeName}/${method.name}`,
    requestStream: false,
    responseStream,
    requestSerialize: encode(method.input),
    requestDeserialize: decode(method.input),
    responseSerialize: encode(method.output),
    responseDeserialize: decode(method.output),
  };
}

const refusalOf = (error: unknown): Partial<ServerErrorResponse> => ({
  code: grpcNumberOf(error instanceof RuntimeError ? error.code : 'UNKNOWN'),
  details: error instanceof Error ? error.message : String(error),
  name: 'Error',
  message: error instanceof Error ? error.message : String(error),
});

const maximumMessageBytes = 16 * 1024 * 1024;
const maximumConnections = 256;

/** Serves methods on a unix socket, to old Go clients too. A socket left by a dead server is replaced; one that answers is an error. */
export async function serveGrpc(socketPath: string, methods: readonly ServedMethod[]): Promise<AsyncDisposable> {
  const grpc = await import('@grpc/grpc-js');
  const server = new grpc.Server({ 'grpc.max_receive_message_length': maximumMessageBytes, 'grpc.max_send_message_length': maximumMessageBytes });
  const definition = Object.fromEntries(methods.map((method) => [method.definition.path, method.definition]));
  const implementation: UntypedServiceImplementation = Object.fromEntries(methods.map((method) => [method.definition.path, method.handle]));
  server.addService(definition, implementation);
  const injector = server.createConnectionInjector(grpc.ServerCredentials.createInsecure());
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    injector.injectConnection(repairAuthority(socket).on('error', () => socket.destroy()));
  });
  listener.maxConnections = maximumConnections;
  await listen(listener, socketPath);
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      injector.destroy();
      server.forceShutdown();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}

async function listen(listener: SocketServer, socketPath: string): Promise<void> {
  if (await answers(socketPath)) throw new Error(`${socketPath}: another server listens on this socket`);
  await rm(socketPath, { force: true });
  listener.listen(socketPath);
  await once(listener, 'listening');
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(socketPath, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
