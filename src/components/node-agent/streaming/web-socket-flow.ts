import { setTimeout as sleep } from 'node:timers/promises';
import type { WebSocket } from 'ws';

// What may wait for a slow client before its source is read no further.
const maximumWaitingBytes = 1024 * 1024;

/** Sends, and resolves when more may be sent. Resolves at once when the client is gone: its close ends everything else. */
export function sendWithBackpressure(client: WebSocket, message: Buffer | string): Promise<void> {
  return new Promise((resolve) => {
    if (client.readyState !== client.OPEN) return resolve();
    if (client.bufferedAmount < maximumWaitingBytes) {
      client.send(message, () => {});
      return resolve();
    }
    client.send(message, () => resolve());
  });
}

/** How long a client is waited for that answers no ping. */
const patienceMs = 250;
/** What a client does between beginning to read and knowing its streams. */
const graceMs = 10;

/**
 * Resolves once a client reads what it is sent. kubectl up to 1.33 begins to read just before it knows its streams, and throws away what comes for them until then; servers that
 * start the command after the answer never met it. Whoever does not answer pings is let wait a moment.
 */
export async function untilReading(client: WebSocket): Promise<void> {
  await new Promise<void>((resolve) => {
    if (client.readyState !== client.OPEN) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      client.off('pong', done).off('close', done);
      resolve();
    };
    const timer = setTimeout(done, patienceMs);
    client.on('pong', done).on('close', done);
    client.ping();
  });
  await sleep(graceMs);
}

/** Closes the connection and resolves when it is closed. */
export function closeWebSocket(client: WebSocket, code: number, reason = ''): Promise<void> {
  return new Promise((resolve) => {
    if (client.readyState === client.CLOSED) return resolve();
    client.once('close', () => resolve());
    client.resume();
    client.close(code, reason);
  });
}
