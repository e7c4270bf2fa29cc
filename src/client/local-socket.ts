import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { exchange } from './http1/exchange.ts';

/** The extension of a kubeconfig's cluster that tells of a socket beside its server. Upstream's clients keep extensions and leave them alone. */
export const localSocketExtension = 'wherry.dev/local-socket';

/**
 * What stands in the place of the TLS handshake: the first request of a connection, whose headers say which cluster is meant and who asks (PEM text in base64). 204: all
 * that follows is theirs. Anything else: this is not the server, or the certificate not one that it takes; nothing else is read.
 */
export const greeting = {
  path: '/wherry.dev/local-socket',
  headers: { authority: 'wherry-certificate-authority', certificate: 'wherry-client-certificate' },
  accepted: 204,
} as const;

/** A way to the server of this machine that needs no TLS: the handshake, and what Node loads for it, take a third of a short command's time. */
export interface LocalSocket {
  readonly path: string;
  /** PEM text. */
  readonly authority: string;
  readonly certificate: string;
}

/** How a kubeconfig's cluster names the socket: for that server only, should somebody change the entry. */
export const localSocketEntry = (path: string, server: string): { name: string; extension: unknown } => ({
  name: localSocketExtension,
  extension: { path, server },
});

/** The socket that a cluster's entry tells of; undefined without one, and where the server is another by now. */
export function localSocketPath({ server, extensions }: { readonly server?: string; readonly [field: string]: unknown }): string | undefined {
  if (!Array.isArray(extensions)) return undefined;
  for (const entry of extensions as (null | { readonly name?: unknown; readonly extension?: { readonly path?: unknown; readonly server?: unknown } })[]) {
    if (entry?.name !== localSocketExtension) continue;
    const { path, server: meant } = entry.extension ?? {};
    return typeof path === 'string' && meant === server ? path : undefined;
  }
  return undefined;
}

/** Certificates of clusters that wherry makes take a few hundred bytes. Bundles belong to others. */
const longestText = 8_192;
/** A server that does not answer the greeting for so long would not answer a handshake either: TLS has the words for that. */
const greetingLimitMs = 3_000;

/** A connection to the socket on which the server knows who asks; undefined when nobody serves it, somebody other than this user does, or it is not the server that is meant. */
export async function openLocalSocket({ path, authority, certificate }: LocalSocket): Promise<Socket | undefined> {
  if (authority.length > longestText || certificate.length > longestText || !isOwn(path)) return undefined;
  const socket = connect(path).setTimeout(greetingLimitMs, () => socket.destroy());
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const headers = { [greeting.headers.authority]: base64(authority), [greeting.headers.certificate]: base64(certificate) };
  let isIdle = false;
  try {
    const { status, body } = await exchange(socket, 'localhost', { method: 'GET', path: greeting.path, headers }, () => (isIdle = true));
    body.destroy();
    if (status === greeting.accepted && isIdle) return socket.setTimeout(0);
  } catch {
    // Nobody is there, or somebody who speaks another language.
  }
  socket.on('error', () => undefined).destroy();
  return undefined;
}

function isOwn(path: string): boolean {
  try {
    const found = statSync(path);
    return found.isSocket() && found.uid === process.getuid?.();
  } catch {
    return false;
  }
}
