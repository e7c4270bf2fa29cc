import { request } from 'node:https';
import type { Credentials } from './processes.ts';

/** GETs a path as the administrator; answers the body. */
export function fetchText(url: string, path: string, credentials: Credentials): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}${path}`, { ca: credentials.ca, cert: credentials.certificate, key: credentials.key, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => resolve(text));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}
