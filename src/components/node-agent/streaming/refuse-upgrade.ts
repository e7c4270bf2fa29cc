import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { RuntimeError, type RuntimeErrorCode } from '../../../extension-points/runtime/contract.ts';

/** Answers an upgrade with a plain refusal, as the kubelet does: the text is what kubectl prints after "unable to upgrade connection". */
export function refuseUpgrade(socket: Duplex, code: number, message: string): void {
  const body = `${message}\n`;
  const head = [
    `HTTP/1.1 ${code} ${STATUS_CODES[code] ?? 'Error'}`,
    'Content-Type: text/plain; charset=utf-8',
    'X-Content-Type-Options: nosniff',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
}

// What the kubelet's streaming package answers for a gRPC code; anything else is 500.
const httpCodes: Partial<Record<RuntimeErrorCode, number>> = { NOT_FOUND: 404, RESOURCE_EXHAUSTED: 429, UNIMPLEMENTED: 501, UNAVAILABLE: 503 };

export const httpCodeOf = (error: unknown): number => (error instanceof RuntimeError ? (httpCodes[error.code] ?? 500) : 500);
