import { setTimeout as sleep } from 'node:timers/promises';
import { fetchByProxies } from '../../../client/fetch-proxies.ts';
import { NoAnswer } from '../../../client/no-answer.ts';

const attempts = 3;
const timeoutMs = 60_000;
const maximumBytes = 256 * 1024 * 1024;

/** Reads a URL, by the proxies of the environment; server errors and lost connections are tried three times. Throws with kubectl's words. */
export async function readUrl(url: string): Promise<string> {
  fetchByProxies();
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
      if (response.status === 200) return await bounded(response, url);
      await response.body?.cancel();
      const problem = new Error(
        `unable to read URL ${JSON.stringify(url)}, server reported ${response.status} ${response.statusText}, status code=${response.status}`,
      );
      if (response.status < 500 || attempt === attempts) throw Object.assign(problem, { isFinal: true });
    } catch (error) {
      if ((error as { isFinal?: boolean }).isFinal) throw error;
      if (attempt === attempts) throw new NoAnswer(new URL(url).origin, (error as Error).cause ?? error);
    }
    await sleep(1_000);
  }
}

async function bounded(response: Response, url: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > maximumBytes) throw Object.assign(new Error(`${url} is longer than ${maximumBytes} bytes`), { isFinal: true });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
