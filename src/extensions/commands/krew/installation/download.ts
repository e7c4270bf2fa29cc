import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { fetchByProxies } from '../../../../client/fetch-proxies.ts';
import { StoppedBySignal } from '../../../../extension-points/commands/errors/stopped-by-signal.ts';
import { credentialsFor } from './netrc.ts';

/** How what is on the network is fetched. */
export interface FetchOptions {
  /** File with credentials; absent: none are sent. */
  readonly netrcFile?: string;
  readonly signal?: AbortSignal;
}

/** No plugin's archive comes near it. */
const maximumArchiveBytes = 2 * 1024 ** 3;

/** Fetches an archive (`https:`, `http:`, `file:`) to a file. Rejects when it is not there, is larger than any plugin's, or has another SHA-256 sum. */
export async function downloadArchive(uri: string, { to, sha256 }: { to: string; sha256: string }, options: FetchOptions): Promise<void> {
  await saveChecked(uri.startsWith('file:') ? createReadStream(fileURLToPath(uri)) : await openUri(uri, options), { to, sha256 });
}

/** The same from a file of this machine. */
export async function copyArchive(path: string, target: { to: string; sha256: string }): Promise<void> {
  try {
    await saveChecked(createReadStream(path), target);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).path !== path) throw error;
    throw new Error(`failed to open archive file ${goQuote(path)} for reading: ${(error as Error).message}`, { cause: error });
  }
}

/** The body of an answer to a GET; redirects are followed, and the proxies of the environment used. Rejects for anything but success. */
export async function openUri(uri: string, { netrcFile, signal }: FetchOptions): Promise<Readable> {
  fetchByProxies();
  const url = URL.parse(uri);
  if (!url) throw new Error(`failed to create request for ${goQuote(uri)}: it is not a URL`);
  const credentials = netrcFile === undefined ? undefined : credentialsFor(url.hostname, netrcFile);
  const headers: Record<string, string> = credentials
    ? { authorization: `Basic ${Buffer.from(`${credentials.login}:${credentials.password}`).toString('base64')}` }
    : {};
  let response: Response;
  try {
    response = await fetch(url, { headers, ...(signal ? { signal } : {}) });
  } catch (error) {
    const { message, cause } = error as Error;
    throw new Error(`failed to download ${goQuote(uri)}: ${cause instanceof Error ? cause.message : message}`, { cause: error });
  }
  if (response.status !== 200 || !response.body) {
    await response.body?.cancel();
    throw new Error(`failed to download ${goQuote(uri)}, status code ${response.status}`);
  }
  return Readable.fromWeb(response.body);
}

/** A connection that breaks off says so in the words of what is under it. */
async function* readings(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (error) {
    const { code, name, message } = error as NodeJS.ErrnoException;
    if (code !== undefined || name === 'AbortError' || error instanceof StoppedBySignal) throw error;
    throw new Error(`could not read archive: ${message === 'terminated' ? 'unexpected EOF' : message}`, { cause: error });
  }
}

async function saveChecked(source: Readable, { to, sha256 }: { to: string; sha256: string }): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  async function* checked(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > maximumArchiveBytes) throw new Error(`the archive is larger than ${maximumArchiveBytes} bytes`);
      hash.update(chunk);
      yield chunk;
    }
  }
  await pipeline(source, readings, checked, createWriteStream(to));
  const sum = hash.digest('hex');
  if (sum !== sha256) throw new Error(`checksum does not match, want: ${sha256}, got ${sum}`);
}
