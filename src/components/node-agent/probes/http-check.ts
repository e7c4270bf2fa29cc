import type { IncomingMessage } from 'node:http';
import type { HTTPGetAction } from '../../../api/generated/core-v1.ts';
import { addressText, type CheckResult, type CheckTarget, dialErrorText, maximumOutput, portNumber } from './contract.ts';

const maximumRedirects = 10;

/** What came of asking for a page: an answer of whatever status, or the error of not getting one. */
export type HttpOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  | { readonly kind: 'left'; readonly body: string }
  | { readonly kind: 'failed'; readonly message: string };

/** Checks a page; 200 to 399 is success. HTTPS certificates are not verified. A redirect to another host counts as success with a warning. */
export async function checkHttp(target: Pick<CheckTarget, 'container' | 'podIp'>, action: HTTPGetAction, timeoutMs: number): Promise<CheckResult> {
  const outcome = await askHttp(target, action, { userAgent: 'kube-probe/1.36', signal: AbortSignal.timeout(timeoutMs) });
  if (outcome.kind === 'failed') return { outcome: 'failure', output: outcome.message };
  if (outcome.kind === 'left') return { outcome: 'warning', output: outcome.body };
  if (outcome.status >= 200 && outcome.status < 400) return { outcome: 'success', output: outcome.body };
  return { outcome: 'failure', output: `HTTP probe failed with statuscode: ${outcome.status}` };
}

/** Asks for a page, following redirects on the same host. Throws when the port is not known. */
export async function askHttp(
  target: Pick<CheckTarget, 'container' | 'podIp'>,
  action: HTTPGetAction,
  { userAgent, signal }: { userAgent: string; signal: AbortSignal },
): Promise<HttpOutcome> {
  const host = action.host || target.podIp;
  const path = action.path ?? '/';
  const port = portNumber(action.port, target.container);
  const scheme = (action.scheme ?? 'HTTP').toLowerCase();
  const url = new URL(`${scheme}://${addressText(host, port)}${path.startsWith('/') ? path : `/${path}`}`);
  return follow(url, headersOf(action, userAgent), signal, 0);
}

function headersOf(action: HTTPGetAction, userAgent: string): Record<string, string | string[]> {
  const headers: Record<string, string[]> = {};
  for (const { name, value } of action.httpHeaders ?? []) headers[name.toLowerCase()] = [...(headers[name.toLowerCase()] ?? []), value];
  headers['user-agent'] ??= [userAgent];
  headers['accept'] ??= ['*/*'];
  // Some headers, Host among them, may not be arrays.
  return Object.fromEntries(
    Object.entries(headers)
      .filter(([, values]) => values[0] !== '')
      .map(([name, values]) => [name, values.length === 1 ? values[0]! : values]),
  );
}

async function follow(url: URL, headers: Record<string, string | string[]>, signal: AbortSignal, redirects: number): Promise<HttpOutcome> {
  let response: IncomingMessage;
  try {
    response = await request(url, headers, signal);
  } catch (error) {
    const why = signal.aborted
      ? 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      : dialErrorText(error, `${url.hostname}:${portOf(url)}`);
    return { kind: 'failed', message: `Get "${textOf(url)}": ${why}` };
  }
  const status = response.statusCode ?? 0;
  const { location } = response.headers;
  if (status >= 300 && status < 400 && status !== 304 && location) {
    response.destroy();
    return redirected(url, location, { headers, signal, redirects });
  }
  return { kind: 'answered', status, body: await readBody(response) };
}

const portOf = (url: URL): string => url.port || (url.protocol === 'https:' ? '443' : '80');
/** With its port, which `URL` leaves out where it is the usual one. */
const textOf = (url: URL): string => `${url.protocol}//${url.hostname}:${portOf(url)}${url.pathname}${url.search}`;

async function redirected(
  from: URL,
  location: string,
  context: { headers: Record<string, string | string[]>; signal: AbortSignal; redirects: number },
): Promise<HttpOutcome> {
  if (!URL.canParse(location, from)) return { kind: 'failed', message: `Get "${textOf(from)}": failed to parse Location header "${location}"` };
  const next = new URL(location, from);
  if (next.hostname !== from.hostname) return { kind: 'left', body: 'Probe terminated redirects, Response body: ' };
  if (context.redirects >= maximumRedirects) return { kind: 'failed', message: `Get "${textOf(next)}": stopped after ${maximumRedirects} redirects` };
  return follow(next, context.headers, context.signal, context.redirects + 1);
}

async function request(url: URL, headers: Record<string, string | string[]>, signal: AbortSignal): Promise<IncomingMessage> {
  const { get } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  return new Promise((resolve, reject) => {
    const options = { headers, signal, agent: false as const, rejectUnauthorized: false };
    get(url, options, resolve).on('error', reject);
  });
}

/** The first part of a body; the rest is not waited for. */
async function readBody(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= maximumOutput) break;
    }
  } catch {
    // The status was already there; a body that breaks off changes nothing.
  }
  return Buffer.concat(chunks).subarray(0, maximumOutput).toString();
}
