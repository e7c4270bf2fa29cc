import { Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, request as secureRequest } from 'node:https';
import type { Send } from './battery.ts';

/** Sends requests to a server on kept connections; disposing closes them. */
export function sender(url: string, credentials: { readonly ca?: string; readonly cert?: string; readonly key?: string } = {}): Send & Disposable {
  const isSecure = url.startsWith('https:');
  const agent = isSecure ? new Agent({ keepAlive: true, ...credentials }) : new PlainAgent({ keepAlive: true });
  const request = isSecure ? secureRequest : plainRequest;
  const send: Send = (method, path, body, headers) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        `${url}${path}`,
        {
          method,
          agent,
          headers: {
            accept: 'application/json',
            'user-agent': 'corpus',
            ...headers,
            ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(body) }),
          },
          timeout: 30_000,
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('error', reject);
          response.on('end', () => {
            const warning = response.headers['warning'];
            resolve({ code: response.statusCode ?? 0, warning: Array.isArray(warning) ? warning.join(', ') : warning, text: Buffer.concat(chunks).toString() });
          });
        },
      );
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path} was not answered`)));
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  return Object.assign(send, { [Symbol.dispose]: () => agent.destroy() });
}
