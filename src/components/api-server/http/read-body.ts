import { badRequest, tooLarge } from '../../../api/status.ts';
import { ClientGone, type Exchange } from './exchange.ts';

/** Reads the whole body. Throws ApiError 413 past the bound; what follows is not kept. */
export function readBody(exchange: Exchange, limitBytes: number): Promise<Buffer> {
  const length = Number(exchange.header('content-length') ?? 0);
  if (length > limitBytes) {
    exchange.body.resume();
    return Promise.reject(tooLargeBody(limitBytes));
  }
  const encoding = exchange.header('content-encoding');
  if (encoding !== undefined && encoding !== 'identity') return Promise.reject(badRequest(`the content encoding ${JSON.stringify(encoding)} is not supported`));
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    exchange.body.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limitBytes) return void chunks.push(chunk);
      chunks.length = 0;
      reject(tooLargeBody(limitBytes));
    });
    let isComplete = false;
    exchange.body.on('end', () => {
      isComplete = true;
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    });
    exchange.body.on('error', reject);
    // Errors are dear, and every body closes.
    exchange.body.on('close', () => void (isComplete || reject(new ClientGone())));
  });
}

const tooLargeBody = (limitBytes: number): Error => tooLarge(`Request entity too large: limit is ${limitBytes}`);
