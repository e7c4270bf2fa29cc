import { statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';

/** The extension of a kubeconfig's cluster that tells of a socket beside its server. Upstream's clients keep extensions and leave them alone. */
export const localSocketExtension = 'wherry.dev/local-socket';

/** Headers of requests over the socket: what a TLS connection would have settled. Values are PEM text in base64. */
export const localSocketHeaders = { authority: 'wherry-certificate-authority', certificate: 'wherry-client-certificate' } as const;

/** The status by which the server says that it is not the one, or the certificate not of its authority: the request was not looked at (RFC 9110, section 15.5.20). */
export const misdirected = 421;

/** A way to the server of this machine that needs no TLS: the handshake, and what Node loads for it, take a third of a short command's time. */
export interface LocalSocket {
  readonly path: string;
  /** By which the server knows that it is the one that is meant, and who asks. */
  readonly headers: Readonly<Record<string, string>>;
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

export function localSocket(path: string, authority: string, certificate: string): LocalSocket {
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  return { path, headers: { [localSocketHeaders.authority]: base64(authority), [localSocketHeaders.certificate]: base64(certificate) } };
}

/** Connects to the socket; undefined when nobody serves it, or somebody other than this user does. */
export async function openLocalSocket(path: string): Promise<Socket | undefined> {
  try {
    if (statSync(path).uid !== process.getuid?.()) return undefined;
  } catch {
    return undefined;
  }
  return new Promise((resolve) => {
    const socket = connect(path, () => resolve(socket.off('error', giveUp)));
    const giveUp = (): void => resolve(undefined);
    socket.once('error', giveUp);
  });
}
