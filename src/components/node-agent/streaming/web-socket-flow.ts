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

/** Closes the connection and resolves when it is closed. */
export function closeWebSocket(client: WebSocket, code: number, reason = ''): Promise<void> {
  return new Promise((resolve) => {
    if (client.readyState === client.CLOSED) return resolve();
    client.once('close', () => resolve());
    client.resume();
    client.close(code, reason);
  });
}
