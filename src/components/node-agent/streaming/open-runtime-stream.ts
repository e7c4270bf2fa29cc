import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { RuntimeError } from '../../../extension-points/runtime/contract.ts';

export interface RuntimeStream {
  readonly socket: Duplex;
  readonly head: Buffer;
}

const openTimeoutMs = 30_000;
const maximumRefusalBytes = 4_096;

/**
 * Opens the streaming URL a runtime gave, upgraded to SPDY/3.1 with one of `protocols`. Rejects with UNAVAILABLE when it cannot be reached and INTERNAL when the
 * runtime refuses, with what it said.
 */
export function openRuntimeStream(url: string, protocols: readonly string[]): Promise<RuntimeStream> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const open = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const headers = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': [...protocols], 'content-length': '0' };
    const request = open(target, { method: 'POST', headers, agent: false, timeout: openTimeoutMs });
    request.once('timeout', () => request.destroy(new Error('no answer in time')));
    request.once('error', (error) =>
      reject(new RuntimeError('UNAVAILABLE', `the streaming server of the runtime cannot be reached: ${error.message}`, { cause: error })),
    );
    request.once('upgrade', (_response, socket, head) => {
      socket.setTimeout(0);
      socket.setNoDelay(true);
      resolve({ socket, head });
    });
    request.once('response', (response) => {
      let said = '';
      response.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(0, maximumRefusalBytes)));
      response.once('close', () => reject(new RuntimeError('INTERNAL', `the runtime refused to open a stream: ${response.statusCode} ${said.trim()}`)));
    });
    request.end();
  });
}
