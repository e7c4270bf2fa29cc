import { request } from 'node:http';
import type { ClusterConnection } from '../kubeconfig.ts';
import { NoAnswer } from '../no-answer.ts';
import { SpdyConnection } from './spdy-connection.ts';
import { openUpgradeSocket, UpgradeRefused } from './upgrade.ts';

const openTimeoutMs = 30_000;

/** Opens a SPDY/3.1 connection that speaks one of the protocols, best first. Throws `UpgradeRefused`, `NoAnswer`. */
export async function openSpdy(
  connection: ClusterConnection,
  { path, protocols, userAgent }: { readonly path: string; readonly protocols: readonly string[]; readonly userAgent: string },
): Promise<{ readonly spdy: SpdyConnection; readonly protocol: string }> {
  const { socket, headers, host, pathPrefix } = await openUpgradeSocket(connection, userAgent);
  return new Promise((resolve, reject) => {
    const asked = request({
      method: 'POST',
      path: pathPrefix + path,
      createConnection: () => socket,
      timeout: openTimeoutMs,
      headers: {
        ...(headers as Record<string, string>),
        host,
        connection: 'Upgrade',
        upgrade: 'SPDY/3.1',
        'x-stream-protocol-version': [...protocols],
        'content-length': '0',
      },
    });
    asked.once('timeout', () => asked.destroy(new Error('no answer in time')));
    asked.once('error', (error) => reject(new NoAnswer(connection.server, error)));
    asked.once('response', (response) => {
      UpgradeRefused.fromResponse(response)
        .then(reject, reject)
        .finally(() => socket.destroy());
    });
    asked.once('upgrade', (response, upgraded, head) => {
      upgraded.setTimeout(0);
      const protocol = String(response.headers['x-stream-protocol-version'] ?? '');
      resolve({ spdy: new SpdyConnection(upgraded, head), protocol });
    });
    asked.end();
  });
}
