import { Agent, request } from 'node:https';

export interface HttpsGet extends Disposable {
  /** The body of a 200 answer. Rejects with an Error otherwise. */
  (url: string, signal?: AbortSignal): Promise<string>;
}

const timeoutMs = 30_000;
const maximumBytes = 1024 * 1024;

/** Reads small documents over HTTPS, trusting the given authorities (PEM), or the machine's. */
export function createHttpsGet(certificateAuthority?: string): HttpsGet {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...(certificateAuthority ? { ca: certificateAuthority } : {}) });
  const get = (url: string, signal?: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      const isOver = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])]);
      const outgoing = request(url, { agent, signal: isOver, headers: { accept: 'application/json' } }, (answer) => {
        const chunks: Buffer[] = [];
        let size = 0;
        answer.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > maximumBytes) answer.destroy(new Error(`${url} answered more than ${maximumBytes} bytes`));
          else chunks.push(chunk);
        });
        answer.on('error', reject);
        answer.on('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(`${answer.statusCode} ${answer.statusMessage ?? ''}: ${text.slice(0, 200)}`));
        });
      });
      outgoing.on('error', reject);
      outgoing.end();
    });
  return Object.assign(get, { [Symbol.dispose]: () => agent.destroy() });
}
