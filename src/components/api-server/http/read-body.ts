import { ApiError, tooLarge } from '../../../api/status.ts';
import { ClientGone, type Exchange } from './exchange.ts';

/** What is left of an upload that was given up is cut off after this, when the answer has had time to arrive. */
const cutOffMs = 1_000;

/**
 * Reads the whole body; the same again when asked again. Throws ApiError 413 past the bound (what follows is not kept),
 * 504 when the body is not in after `limitSeconds`.
 */
export function readBody(exchange: Exchange, limitBytes: number, limitSeconds = 60): Promise<Buffer> {
  return (exchange.received ??= receive(exchange, limitBytes, limitSeconds));
}

function receive(exchange: Exchange, limitBytes: number, limitSeconds: number): Promise<Buffer> {
  const { body } = exchange;
  const length = Number(exchange.header('content-length') ?? 0);
  if (length > limitBytes) {
    body.resume();
    return Promise.reject(tooLargeBody(limitBytes));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let isComplete = false;
    const timer = setTimeout(() => {
      chunks.length = 0;
      size = Infinity;
      reject(lateBody());
      setTimeout(() => body.destroy(), cutOffMs).unref();
    }, limitSeconds * 1_000).unref();
    body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) return void chunks.push(chunk);
      chunks.length = 0;
      reject(tooLargeBody(limitBytes));
    });
    body.on('end', () => {
      isComplete = true;
      clearTimeout(timer);
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    // The body of a request fails when its connection or stream does: nobody is there to be answered.
    body.on('error', () => reject(new ClientGone()));
    // Errors are dear, and every body closes.
    body.on('close', () => {
      clearTimeout(timer);
      if (!isComplete) reject(new ClientGone());
    });
  });
}

const tooLargeBody = (limitBytes: number): Error => tooLarge(`Request entity too large: limit is ${limitBytes}`);

/** Upstream's answer when the deadline of a request passes. */
const lateBody = (): Error => new ApiError(504, 'Timeout', 'Timeout: request did not complete within the allotted timeout', { details: {} });
