import type { Duplex } from 'node:stream';
import type { Upgrade } from '../http/exchange.ts';
import { type Endpoint, hostText, openConnection } from './endpoint.ts';

/** Credentials of the caller and headers of this hop stay here. */
const withheld = new Set(['host', 'authorization', 'content-length', 'impersonate-user', 'impersonate-group', 'impersonate-uid']);

/**
 * Passes an upgrade on: sends the same request to the endpoint and then moves bytes both ways, whatever protocol they speak. The endpoint's answer,
 * 101 or a refusal, goes to the client as it is. Resolves when the connection ends. Rejects, before anything was sent, when the endpoint cannot be reached.
 */
export async function pipeUpgrade(upgrade: Upgrade, endpoint: Endpoint, request: { method: string; path: string }): Promise<void> {
  const backend = await openConnection(endpoint);
  const client = upgrade.take();
  backend.write(requestHead(upgrade, endpoint, request));
  if (upgrade.head.length > 0) backend.write(upgrade.head);
  await joinStreams(client, backend);
}

function requestHead({ rawHeaders }: Upgrade, endpoint: Endpoint, { method, path }: { method: string; path: string }): string {
  let head = `${method} ${path} HTTP/1.1\r\nHost: ${hostText(endpoint)}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (withheld.has(name) || name.startsWith('impersonate-extra-')) continue;
    head += `${rawHeaders[at]}: ${rawHeaders[at + 1]}\r\n`;
  }
  return `${head}\r\n`;
}

/** Moves bytes both ways until both sides have ended, or one has failed. */
export function joinStreams(left: Duplex, right: Duplex): Promise<void> {
  return new Promise((resolve) => {
    let open = 2;
    const closed = (): void => {
      left.destroy();
      right.destroy();
      if (--open === 0) resolve();
    };
    for (const stream of [left, right]) {
      stream.on('error', () => stream.destroy());
      stream.on('close', closed);
    }
    left.pipe(right);
    right.pipe(left);
  });
}
