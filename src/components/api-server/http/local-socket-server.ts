import { X509Certificate } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { localSocketHeaders, misdirected } from '../../../client/local-socket.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ClientCertificate } from './client-certificate.ts';
import { clientCertificateOf } from './client-certificate.ts';

/** As for HTTP/1.1 over TLS. */
const keepAliveMs = 90_000;

export interface LocalSocketOptions {
  readonly path: string;
  /** PEM of the authority of clients, and of the server itself. */
  readonly authority: string;
  readonly maximumHeaderBytes: number;
  readonly clock: Clock;
  /** Takes a request of somebody with a certificate of the authority. */
  take(request: IncomingMessage, response: ServerResponse, certificate: ClientCertificate): void;
}

/** The server of a socket. Disposing closes its connections at once. */
export interface LocalSocketServer extends Disposable {
  readonly path: string;
  /** Takes no more connections; the file is removed. */
  close(): void;
}

/**
 * Serves HTTP/1.1 on a socket that only this user's programs reach: a TLS handshake would tell them nothing that the folder's mode does not. They say which cluster they
 * mean, and show the certificate that they would show over TLS; anybody else is told that this is not the server (421), so that they go the long way, where certificates are
 * checked in full. Rejects when the socket cannot be made.
 */
export async function serveLocalSocket(options: LocalSocketOptions): Promise<LocalSocketServer> {
  const { path, maximumHeaderBytes, take } = options;
  mkdirSync(dirname(path), { recursive: true });
  chmodSync(dirname(path), 0o700);
  rmSync(path, { force: true }); // of a process that was killed
  const peers = new LocalPeers(options);
  const connections = new Set<Socket>();
  const server = createServer({ keepAliveTimeout: keepAliveMs, maxHeaderSize: maximumHeaderBytes }, (request, response) => {
    const certificate = peers.certificateOf(request);
    if (certificate) take(request, response, certificate);
    else response.writeHead(misdirected, { connection: 'close' }).end();
  });
  server.on('connection', (socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
  });
  await listen(server, path);
  return {
    path,
    close: () => void server.close(),
    [Symbol.dispose]() {
      server.close();
      for (const socket of connections) socket.destroy();
    },
  };
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ path }, () => resolve(void server.off('error', reject)));
  });
}

/** What was found of a certificate, kept as long as its text comes again and again. */
interface Known {
  readonly text: string;
  readonly certificate: ClientCertificate;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Tells from a request's headers who sends it. */
class LocalPeers {
  readonly #authority: X509Certificate;
  readonly #authorityText: string;
  readonly #clock: Clock;
  /** Nearly always the administrator's. */
  #known: Known | undefined;

  constructor({ authority, clock }: LocalSocketOptions) {
    this.#authority = new X509Certificate(authority);
    this.#authorityText = Buffer.from(authority).toString('base64');
    this.#clock = clock;
  }

  /** Undefined unless the request is for this cluster, with a certificate of its authority that is valid now. Both headers are taken out: they are for nobody else. */
  certificateOf({ headers }: IncomingMessage): ClientCertificate | undefined {
    const { [localSocketHeaders.authority]: authority, [localSocketHeaders.certificate]: text } = headers;
    for (const name of Object.values(localSocketHeaders)) delete headers[name];
    if (authority !== this.#authorityText || typeof text !== 'string') return undefined;
    const known = this.#known?.text === text ? this.#known : (this.#known = this.#read(text) ?? this.#known);
    const nowMs = this.#clock.now();
    return known?.text === text && known.fromMs <= nowMs && nowMs < known.untilMs ? known.certificate : undefined;
  }

  #read(text: string): Known | undefined {
    try {
      const leaf = new X509Certificate(Buffer.from(text, 'base64'));
      if (!leaf.checkIssued(this.#authority) || !leaf.verify(this.#authority.publicKey) || !isForClients(leaf)) return undefined;
      const { subject, serialNumber } = leaf.toLegacyObject();
      const certificate = clientCertificateOf(subject, serialNumber);
      return { text, certificate, fromMs: Date.parse(leaf.validFrom), untilMs: Date.parse(leaf.validTo) };
    } catch {
      return undefined; // no certificate
    }
  }
}

const clientAuthentication = '1.3.6.1.5.5.7.3.2'; // RFC 5280, section 4.2.1.12

const isForClients = ({ keyUsage }: X509Certificate): boolean => keyUsage === undefined || (keyUsage as readonly string[]).includes(clientAuthentication);
