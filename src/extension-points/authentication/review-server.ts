import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** How a program of its own serves reviews over HTTPS. Certificates and keys are PEM. */
export interface ReviewServerOptions {
  readonly certificate: string;
  readonly key: string;
  /** Only callers with a certificate of this authority are answered. Absent: everybody is. */
  readonly clientCa?: string;
  /** Default: the loopback. */
  readonly host?: string;
  /** Default 0: any free port. */
  readonly port?: number;
}

export interface ReviewServer extends AsyncDisposable {
  /** Where to post reviews. */
  readonly url: string;
}

const maximumBytes = 1024 * 1024;
const maximumReviewMs = 30_000;

/** Serves one kind of review: `answer` fills in the status. What is no such review gets a 400, a throw a 500. */
export async function serveReviews(
  { kind, apiVersion, answer }: { kind: string; apiVersion: string; answer: (review: Record<string, unknown>, signal: AbortSignal) => Promise<object> },
  { certificate, key, clientCa, host = '127.0.0.1', port = 0 }: ReviewServerOptions,
): Promise<ReviewServer> {
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const review = requireReview(await textOf(request), { kind, apiVersion });
      const status = await answer(review, AbortSignal.timeout(maximumReviewMs));
      send(response, 200, JSON.stringify({ ...review, status }));
    } catch (error) {
      send(response, error instanceof RefusedReview ? 400 : 500, JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    }
  };
  const trust = clientCa === undefined ? {} : { ca: clientCa, requestCert: true, rejectUnauthorized: true };
  const server = createServer({ cert: certificate, key, ...trust }, (request, response) => void take(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => (server.off('error', reject), resolve()));
  });
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}/`,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

class RefusedReview extends Error {}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text);
}

async function textOf(request: IncomingMessage): Promise<string> {
  if (request.method !== 'POST') throw new RefusedReview('reviews are posted');
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maximumBytes) throw new RefusedReview(`the review is longer than ${maximumBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function requireReview(text: string, expected: { kind: string; apiVersion: string }): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RefusedReview('the review is not JSON');
  }
  const review = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>;
  if (review['kind'] !== expected.kind || review['apiVersion'] !== expected.apiVersion)
    throw new RefusedReview(`this serves ${expected.kind} of ${expected.apiVersion}`);
  return review;
}
