import { request } from 'node:https';
import type { AdminCredentials } from './cluster-client.ts';

/** GETs a path of a cluster as its administrator; answers the parsed JSON, or the text when it is none. Throws on a status of 400 and above. */
export function fetchJson<T>(cluster: { url: string; admin: AdminCredentials }, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const { certificateAuthority, certificate, key } = cluster.admin;
    const outgoing = request(`${cluster.url}${path}`, { ca: certificateAuthority, cert: certificate, key, timeout: 10_000 }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if ((response.statusCode ?? 500) >= 400) return reject(new Error(`${path}: ${response.statusCode} ${text.slice(0, 300)}`));
        resolve((response.headers['content-type']?.includes('json') ? JSON.parse(text) : text) as T);
      });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`${cluster.url} did not answer within 10 s`)));
    outgoing.on('error', reject);
    outgoing.end();
  });
}
