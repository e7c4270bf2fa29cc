import { pipeline, type Readable } from 'node:stream';
import type { HttpResponse } from './http-transport.ts';

/** A response whose body is as it was before gzip: nobody asked for it, but proxies have their own minds. */
export async function plainBody(response: HttpResponse): Promise<HttpResponse> {
  if (response.headers['content-encoding'] !== 'gzip') return response;
  const { createGunzip } = await import('node:zlib');
  const { 'content-encoding': _, 'content-length': __, ...headers } = response.headers;
  // Who reads is told what goes wrong.
  const body: Readable = pipeline(response.body, createGunzip(), () => {});
  return { ...response, headers, body };
}
