/**
 * Watchers in a process of their own: reading a hundred thousand lines a second beside the writer would measure the reader. Opens the watches it is ordered to, says
 * so, counts lines, and reports when asked. Times are milliseconds since the epoch with fractions, so that processes can compare them.
 */

import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:http2';
import type { Credentials } from './processes.ts';

export interface WatchersOrder extends Credentials {
  readonly url: string;
  readonly path: string;
  readonly connections: number;
  readonly watchersPerConnection: number;
}
export interface WatchersReport {
  readonly received: number;
  /** From before the write was sent until the line was read; one per line. */
  readonly delaysMs: Float64Array;
}

export const preciseNow = (): number => performance.timeOrigin + performance.now();

let delaysMs = new Float64Array(1 << 16);
let received = 0;

process.on('message', (message: WatchersOrder | 'report') => {
  if (message === 'report') process.send?.({ received, delaysMs: delaysMs.slice(0, received) } satisfies WatchersReport);
  else void open(message).then(() => process.send?.('open'));
});

async function open({ url, path, connections, watchersPerConnection, ca, certificate, key }: WatchersOrder): Promise<void> {
  const opened: Promise<void>[] = [];
  for (let connection = 0; connection < connections; connection++) {
    const session = connect(url, { ca, cert: certificate, key, settings: { initialWindowSize: 1024 * 1024 } });
    for (let index = 0; index < watchersPerConnection; index++) opened.push(watchLines(session, path));
  }
  await Promise.all(opened);
}

/** Resolves when the server has answered the watch. */
function watchLines(session: ClientHttp2Session, path: string): Promise<void> {
  const stream = session.request({ ':path': path, accept: 'application/json' });
  let rest = '';
  stream.setEncoding('latin1');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) take(line);
  });
  return new Promise((resolve, reject) => {
    stream.on('response', () => resolve());
    stream.on('error', reject);
  });
}

/** Parsing every line would measure the client: the send time stands at a fixed place of the text. */
function take(line: string): void {
  const at = line.indexOf('"sent":"');
  if (at < 0) return;
  if (received === delaysMs.length) {
    const larger = new Float64Array(delaysMs.length * 2);
    larger.set(delaysMs);
    delaysMs = larger;
  }
  delaysMs[received++] = preciseNow() - Number(line.slice(at + 8, line.indexOf('"', at + 8)));
}
