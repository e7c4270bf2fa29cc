/**
 * A load generator in a process of its own: keeps a number of TLS connections busy with one raw HTTP/1.1 request each, sent again as soon as its answer
 * is complete. Answers are read by Content-Length or by the last chunk. Reads its orders from, and reports to, its parent by IPC.
 */

import type { TLSSocket } from 'node:tls';
import { connect } from 'node:tls';

export interface LoadOrder {
  readonly port: number;
  readonly connections: number;
  readonly seconds: number;
  /** `%N%` in it becomes a number that is never repeated; padded to eight digits so that lengths stay the same. */
  readonly request: string;
  readonly ca: string;
  readonly certificate: string;
  readonly key: string;
}
export interface LoadReport {
  readonly perSecond: number;
  readonly failed: number;
  /** The first answer that was not 2xx. */
  readonly firstFailure: string;
}

let sequence = Number(process.env['LOAD_SEQUENCE'] ?? 0);

process.on('message', (order: LoadOrder) => {
  void run(order).then((report) => process.send?.(report));
});

async function run(order: LoadOrder): Promise<LoadReport> {
  const state = { done: 0, failed: 0, firstFailure: '', isOver: false };
  const sockets = await Promise.all(Array.from({ length: order.connections }, () => open(order)));
  const started = performance.now();
  for (const socket of sockets) drive(socket, order, state);
  await new Promise((resolve) => setTimeout(resolve, order.seconds * 1_000));
  state.isOver = true;
  const perSecond = (state.done * 1_000) / (performance.now() - started);
  for (const socket of sockets) socket.destroy();
  return { perSecond, failed: state.failed, firstFailure: state.firstFailure };
}

function open(order: LoadOrder): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: '127.0.0.1', servername: 'localhost', port: order.port, ca: order.ca, cert: order.certificate, key: order.key, ALPNProtocols: ['http/1.1'] },
      () => resolve(socket),
    );
    socket.on('error', reject);
    socket.setNoDelay(true);
  });
}

function drive(socket: TLSSocket, order: LoadOrder, state: { done: number; failed: number; firstFailure: string; isOver: boolean }): void {
  const [before, after] = order.request.split('%N%');
  const send = (): void => {
    if (after === undefined) socket.write(order.request);
    else socket.write(`${before}${String(sequence++).padStart(8, '0')}${after}`);
  };
  let remaining = -1; // bytes of the body still to come; -1: between answers; -2: chunked
  let head: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    let data = chunk;
    if (remaining === -1) {
      head = head.length === 0 ? data : Buffer.concat([head, data]);
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      const text = head.toString('latin1', 0, end);
      if (!text.startsWith('HTTP/1.1 2')) {
        state.failed++;
        state.firstFailure ||= head.toString();
      }
      const length = /content-length: (\d+)/i.exec(text)?.[1];
      remaining = length === undefined ? -2 : Number(length);
      data = head.subarray(end + 4);
      head = Buffer.alloc(0);
    }
    if (remaining === -2 ? endsChunked(data) : (remaining -= data.length) <= 0) {
      remaining = -1;
      state.done++;
      if (!state.isOver) send();
    }
  });
  send();
}

const endsChunked = (data: Buffer): boolean => data.length >= 5 && data.toString('latin1', data.length - 5) === '0\r\n\r\n';
