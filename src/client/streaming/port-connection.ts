import type { ClusterConnection } from '../kubeconfig.ts';
import { SpdyConnection } from './spdy-connection.ts';
import { openSpdy } from './spdy-upgrade.ts';
import { UpgradeRefused } from './upgrade.ts';
import { openWebSocket } from './web-socket.ts';

const protocol = 'portforward.k8s.io';

/**
 * Opens a connection that ports of a pod are forwarded over: SPDY inside a WebSocket, or SPDY alone where the server or a proxy before it does not take that, as kubectl does.
 * `path` is that of the pod's `portforward`. Throws the server's refusal or `NoAnswer`.
 */
export async function openPortConnection(
  connection: ClusterConnection,
  request: { readonly path: string; readonly userAgent: string },
): Promise<SpdyConnection> {
  try {
    const { webSocket } = await openWebSocket(connection, { ...request, protocols: [`SPDY/3.1+${protocol}`] });
    const { createWebSocketStream } = await import('ws');
    return new SpdyConnection(createWebSocketStream(webSocket), Buffer.alloc(0));
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error;
  }
  try {
    return (await openSpdy(connection, { ...request, protocols: [protocol] })).spdy;
  } catch (error) {
    throw error instanceof UpgradeRefused ? new Error(`error upgrading connection: ${error.message}`, { cause: error }) : error;
  }
}
