import type { Writable } from 'node:stream';
import { gunzipSync } from 'node:zlib';
import type { Exchange, ResponseHeaders } from '../http/exchange.ts';
import { valueOfBody } from './body-value.ts';

/** Longer answers are left out of the audit log. */
const maximumBytes = 16 * 1024 * 1024;

/** What went out, as far as it was asked for. */
export interface RecordedAnswer {
  /** The body as JSON; `undefined` when it was none, too long, or not kept. */
  object(): unknown;
}

/** Watches one answer go out: tells when its head has been sent, and keeps its body when `keepsBody` says so for its status. */
export function recordAnswer(
  exchange: Exchange,
  { onHead, keepsBody }: { onHead: (status: number) => void; keepsBody: (status: number) => boolean },
): RecordedAnswer {
  const chunks: Buffer[] = [];
  let size = 0;
  let sent: ResponseHeaders = {};
  const keep = (chunk: unknown, encoding?: unknown): void => {
    if (size > maximumBytes) return;
    // Whoever writes in chunks fills them again: they are copied.
    const bytes = Buffer.isBuffer(chunk)
      ? Buffer.from(chunk)
      : Buffer.from(chunk as string, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
    size += bytes.length;
    if (size <= maximumBytes) chunks.push(bytes);
    else chunks.length = 0;
  };
  const { send, open } = exchange;
  Object.assign(exchange, {
    send(status: number, headers: ResponseHeaders, body?: Buffer | string): void {
      onHead(status);
      if (body !== undefined && keepsBody(status)) keep(body);
      sent = { ...headers };
      send.call(exchange, status, headers, body);
    },
    open(status: number, headers: ResponseHeaders): Writable {
      onHead(status);
      sent = { ...headers };
      const out = open.call(exchange, status, headers);
      return keepsBody(status) ? tapped(out, keep) : out;
    },
  });
  return { object: () => (size === 0 || size > maximumBytes ? undefined : parsed(Buffer.concat(chunks), sent)) };
}

/** The same stream; what is written to it is seen on the way. */
function tapped(out: Writable, see: (chunk: unknown, encoding?: unknown) => void): Writable {
  const { write, end } = out as { write: (...args: unknown[]) => boolean; end: (...args: unknown[]) => Writable };
  Object.assign(out, {
    write(...args: unknown[]): boolean {
      see(args[0], args[1]);
      return write.apply(out, args);
    },
    end(...args: unknown[]): Writable {
      if (args[0] !== undefined && args[0] !== null && typeof args[0] !== 'function') see(args[0], args[1]);
      return end.apply(out, args);
    },
  });
  return out;
}

function parsed(bytes: Buffer, headers: ResponseHeaders): unknown {
  const type = String(headers['content-type'] ?? '');
  if (headers['content-encoding'] !== 'gzip') return valueOfBody(bytes, type);
  try {
    return valueOfBody(gunzipSync(bytes, { maxOutputLength: maximumBytes }), type);
  } catch {
    return undefined; // broken off, or longer than is kept
  }
}
