import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { Registration } from '../../api/generated/plugin-registration/plugin-registration_pb.js';
import { createGrpcClient } from './grpc-client.ts';
import { serveGrpc, unaryMethod } from './grpc-server.ts';

const methods = [unaryMethod(Registration.method.getInfo, async () => ({}))];

it('a connection that is watched is told of when it comes, goes and comes back, without any call', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'wgc-'));
  const path = join(directory, 'x.sock');
  const told: boolean[] = [];
  let next = Promise.withResolvers<boolean>();
  const change = async (want: boolean): Promise<void> => {
    assert.equal(await next.promise, want);
    next = Promise.withResolvers<boolean>();
  };
  try {
    const client = await createGrpcClient(`unix://${path}`);
    client.watchConnection((isConnected) => {
      told.push(isConnected);
      next.resolve(isConnected);
    });
    await change(false);
    const server = await serveGrpc(path, methods);
    await change(true);
    await server[Symbol.asyncDispose]();
    await change(false);
    await using _again = await serveGrpc(path, methods);
    await change(true);
    client[Symbol.dispose]();
    await change(false);
    assert.deepEqual(told, [false, true, false, true, false]);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
