import { X509Certificate } from 'node:crypto';
import { lstatSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { dirname } from 'node:path';
import { greeting } from '../../../client/local-socket.ts';
import type { Clock } from '../../../kernel/clock.ts';
import type { ClientCertificate } from './client-certificate.ts';
import { clientCertificateOf } from './client-certificate.ts';
import { refuseUnread } from './refuse-unread.ts';

/** As for HTTP/1.1 over TLS. */
const keepAliveMs = 90_000;
/** RFC 9110, section 15.5.20: this is not the server that is meant. */
const misdirected = 421;

export interface LocalSocketOptions {
  /** In a folder of this user that nobody else may enter. */
  readonly path: string;
  /** PEM of the authority of clients, and of the server itself. */
  readonly authority: string;
  readonly maximumHeaderBytes: number;
  readonly clock: Clock;
  /** Somebody with a certificate of the authority has connected. */
  admit(socket: Socket, certificate: ClientCertificate): void;
  /** Takes what they send. */
  take(request: IncomingMessage, response: ServerResponse): void;
}

/** The server of a socket. Disposing closes its connections at once. */
export interface LocalSocketServer extends Disposable {
  readonly path: string;
  /** Takes no more connections; the file is removed. */
  close(): void;
}

/**
 * Serves HTTP/1.1 on a socket that only this user's programs reach: a TLS handshake would tell them nothing that the folder's mode does not. They greet the server with
 * which cluster they mean, and the certificate that they would show over TLS; anybody else is told that this is not the server, so that they go the long way, where
 * certificates are checked in full. Rejects when the socket cannot be made, others may enter the folder, or something else is there.
 */
export async function serveLocalSocket(options: LocalSocketOptions): Promise<LocalSocketServer> {
  const { path, maximumHeaderBytes, admit, take } = options;
  const folder = statSync(dirname(path));
  if (folder.uid !== process.getuid?.() || (folder.mode & 0o077) !== 0) throw new Error(`others may enter ${dirname(path)}`);
  const left = lstatSync(path, { throwIfNoEntry: false });
  if (left && !left.isSocket()) throw new Error(`${path} is there and no socket`);
  rmSync(path, { force: true }); // of a process that was killed
  const peers = new LocalPeers(options);
  /** Those who greeted have a true. */
  const connections = new Map<Socket, boolean>();
  const server = createServer({ keepAliveTimeout: keepAliveMs, maxHeaderSize: maximumHeaderBytes }, (request, response) => {
    const { socket } = request;
    if (connections.get(socket)) return take(request, response);
    const certificate = request.url === greeting.path ? peers.certificateOf(request) : undefined;
    if (!certificate) return void response.writeHead(misdirected, { connection: 'close' }).end();
    connections.set(socket, true);
    admit(socket, certificate);
    response.writeHead(greeting.accepted).end();
  });
  server.on('connection', (socket) => {
    connections.set(socket, false);
    // Such sockets have no address. Audit events are to tell from where the request would have come otherwise.
    Object.defineProperty(socket, 'remoteAddress', { value: '127.0.0.1' });
    socket.on('close', () => connections.delete(socket));
  });
  server.on('clientError', refuseUnread);
  await listen(server, path);
  return {
    path,
    close: () => void server.close(),
    [Symbol.dispose]() {
      server.close();
      for (const socket of connections.keys()) socket.destroy();
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

/** Tells from a greeting who it is from. */
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

  /** Undefined unless this cluster is meant, by somebody with a certificate of its authority that is valid now. */
  certificateOf({ headers }: IncomingMessage): ClientCertificate | undefined {
    const { [greeting.headers.authority]: authority, [greeting.headers.certificate]: text } = headers;
    if (authority !== this.#authorityText || typeof text !== 'string' || !/^[A-Za-z0-9+/]+=*$/.test(text)) return undefined;
    const known = this.#known?.text === text ? this.#known : this.#read(text);
    const nowMs = this.#clock.now();
    if (!known || nowMs < known.fromMs || nowMs >= known.untilMs) return undefined;
    this.#known = known;
    return known.certificate;
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

const isForClients = ({ ca, keyUsage }: X509Certificate): boolean =>
  !ca && (keyUsage === undefined || (keyUsage as readonly string[]).includes(clientAuthentication));
