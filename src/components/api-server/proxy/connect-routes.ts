import type { Pod } from '../../../api/generated/core-v1.ts';
import { deepFreeze } from '../../../api/object.ts';
import { ApiError, badRequest, internalError, methodNotAllowed, unavailable } from '../../../api/status.ts';
import type { HttpRequest } from '../http/request.ts';
import type { ConnectRoutes } from '../http/resource-routes.ts';
import { sendBytes } from '../http/respond.ts';
import { mutate, validate } from '../operations/admission.ts';
import type { Machinery, Target } from '../operations/context.ts';
import { get } from '../operations/get.ts';
import { typed } from '../operations/typed.ts';
import type { ApiServerOptions } from '../options.ts';
import type { Endpoint } from './endpoint.ts';
import { passBack, readAnswer, sendOn } from './forward.ts';
import { sendLogFrames } from './log-frames.ts';
import { validateLogOptions } from './log-options.ts';
import { containerOf, nodeEndpoint } from './node-address.ts';
import { pipeUpgrade } from './pipe-upgrade.ts';
import { podEndpoint, serviceEndpoint, splitPortName } from './proxy-target.ts';

export interface ConnectDeps {
  readonly machinery: Machinery;
  readonly nodeTls: ApiServerOptions['nodeTls'];
}

/** Answers the sub-resources that are streams: exec, attach, portforward and log to the pod's node; proxy to nodes, pods and services. */
export function createConnectRoutes({ machinery, nodeTls }: ConnectDeps): ConnectRoutes {
  return {
    async serve(request, target, rest) {
      if (target.subresource === 'proxy') return serveProxy({ machinery, nodeTls }, request, target, rest);
      const pod = typed<Pod>((await get(machinery, target)).object);
      if (target.subresource === 'log') return serveLog({ machinery, nodeTls }, request, { target, pod });
      await admitConnect(machinery, request, target);
      return serveStream({ machinery, nodeTls }, request, { target, pod });
    },
  };
}

interface PodRequest {
  readonly target: Target;
  readonly pod: Pod;
}

const optionsKinds: Readonly<Record<string, string>> = {
  exec: 'PodExecOptions',
  attach: 'PodAttachOptions',
  portforward: 'PodPortForwardOptions',
  proxy: 'PodProxyOptions',
};

/** Admission sees the stream's options as the object of a CONNECT. */
async function admitConnect(machinery: Machinery, request: HttpRequest, target: Target): Promise<void> {
  const kind = optionsKinds[target.subresource];
  if (kind === undefined) return;
  const { query } = request.exchange;
  const flag = (name: string): object => (query.has(name) ? { [name]: query.get(name) === 'true' || query.get(name) === '1' } : {});
  const object = deepFreeze({
    apiVersion: 'v1',
    kind,
    metadata: {},
    ...flag('stdin'),
    ...flag('stdout'),
    ...flag('stderr'),
    ...flag('tty'),
    ...(query.has('container') ? { container: query.get('container')! } : {}),
    ...(query.has('command') ? { command: query.getAll('command') } : {}),
  });
  const question = { operation: 'CONNECT' as const, name: target.name, dryRun: false, object, kind: { group: '', version: 'v1', kind } };
  await mutate(machinery, request, target, question);
  await validate(machinery, request, target, question);
}

const agentPaths: Readonly<Record<string, string>> = { exec: 'exec', attach: 'attach', portforward: 'portForward' };
/** PodExecOptions as the agent calls them. */
const agentFlags = { stdin: 'input', stdout: 'output', stderr: 'error', tty: 'tty' } as const;

async function serveStream({ machinery, nodeTls }: ConnectDeps, request: HttpRequest, { target, pod }: PodRequest): Promise<void> {
  const { exchange } = request;
  const name = pod.metadata.name ?? '';
  const isPortForward = target.subresource === 'portforward';
  const container = isPortForward ? '' : containerOf(pod, exchange.query.get('container') ?? '');
  if (!pod.spec?.nodeName) throw badRequest(`pod ${name} does not have a host assigned`);
  const query = isPortForward ? portForwardQuery(exchange.query) : streamQuery(exchange.query);
  const path = `/${agentPaths[target.subresource]}/${encodeURIComponent(target.namespace)}/${encodeURIComponent(name)}${isPortForward ? '' : `/${encodeURIComponent(container)}`}${query}`;
  const { upgrade } = exchange;
  if (!upgrade) throw new ApiError(400, 'BadRequest', 'you must specify a connection upgrade: the request has no Upgrade header');
  const endpoint = nodeEndpoint(machinery, pod.spec.nodeName, nodeTls);
  await pipeUpgrade(upgrade, endpoint, { method: exchange.method, path }).catch((error: unknown) => {
    throw new ApiError(500, 'InternalError', `error dialing backend: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
}

function streamQuery(query: URLSearchParams): string {
  const params = new URLSearchParams();
  for (const [name, agentName] of Object.entries(agentFlags)) if (query.get(name) === 'true' || query.get(name) === '1') params.append(agentName, '1');
  for (const word of query.getAll('command')) params.append('command', word);
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}

function portForwardQuery(query: URLSearchParams): string {
  const ports = query.getAll('ports');
  return ports.length === 0 ? '' : `?${ports.map((port) => `port=${encodeURIComponent(port)}`).join('&')}`;
}

const logOptions = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream', 'insecureSkipTLSVerifyBackend'];

async function serveLog({ machinery, nodeTls }: ConnectDeps, request: HttpRequest, { target, pod }: PodRequest): Promise<void> {
  const { query } = request.exchange;
  validateLogOptions(query, target.name);
  const container = containerOf(pod, query.get('container') ?? '');
  // A pod that no node has yet has said nothing.
  if (!pod.spec?.nodeName) return sendBytes(request, 200, Buffer.alloc(0), 'text/plain');
  const params = new URLSearchParams();
  for (const name of logOptions) if (query.has(name)) params.set(name, query.get(name)!);
  const text = params.toString();
  const path = `/containerLogs/${encodeURIComponent(target.namespace)}/${encodeURIComponent(target.name)}/${encodeURIComponent(container)}${text === '' ? '' : `?${text}`}`;
  const answer = await sendOn(request, nodeEndpoint(machinery, pod.spec.nodeName, nodeTls), path).catch((error: unknown) => {
    throw internalError(`Get "https://${pod.spec!.nodeName}${path}": ${error instanceof Error ? error.message : String(error)}`, error);
  });
  if ((answer.statusCode ?? 500) >= 400) throw refusalOfNode(answer.statusCode ?? 500, await readAnswer(answer));
  if (request.exchange.upgrade) return sendLogFrames(request.exchange, request.exchange.upgrade, answer);
  return passBack(request, answer, (headers) => {
    headers['content-type'] ??= 'text/plain';
    headers['audit-id'] = request.requestId;
    headers['cache-control'] = 'no-cache, private';
  });
}

const reasons: Readonly<Record<number, ApiError['reason']>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  500: 'InternalError',
  503: 'ServiceUnavailable',
};

/** The agent's refusal, as a Status of its own or as text. */
function refusalOfNode(code: number, body: Buffer): ApiError {
  const text = body.toString().trim();
  if (text.startsWith('{"')) {
    try {
      return ApiError.fromStatus(JSON.parse(text) as Parameters<typeof ApiError.fromStatus>[0]);
    } catch {
      // Not a Status after all: the text itself is the message.
    }
  }
  return new ApiError(code, reasons[code] ?? '', text === '' ? `the node answered ${code}` : text);
}

async function serveProxy(deps: ConnectDeps, request: HttpRequest, target: Target, rest: string): Promise<void> {
  const { exchange } = request;
  // A browser resolves relative links against the slash.
  if (rest === '' && (exchange.method === 'GET' || exchange.method === 'HEAD') && !exchange.upgrade) {
    const search = exchange.url.slice(exchange.path.length);
    return exchange.send(301, { location: `${exchange.path}/${search}`, 'audit-id': request.requestId });
  }
  const { endpoint, refererPath } = await proxyTarget(deps, target);
  await admitConnect(deps.machinery, request, target);
  const path = (rest === '' ? '/' : rest) + exchange.url.slice(exchange.path.length);
  const unreachable = (error: unknown): never => {
    throw unavailable(`error trying to reach service: ${error instanceof Error ? error.message : String(error)}`, error);
  };
  if (exchange.upgrade) return pipeUpgrade(exchange.upgrade, endpoint, { method: exchange.method, path }).catch(unreachable);
  const answer = await sendOn(request, endpoint, path).catch(unreachable);
  return passBack(request, answer, (headers) => {
    const { location } = headers;
    if (typeof location === 'string' && location.startsWith('/')) headers['location'] = refererPath + location;
  });
}

/** Where a proxy request goes, and the path under which the client sees it. */
async function proxyTarget({ machinery, nodeTls }: ConnectDeps, target: Target): Promise<{ endpoint: Endpoint; refererPath: string }> {
  const { served, namespace, name } = target;
  const base = namespace === '' ? `/api/v1/${served.resource}/${name}/proxy` : `/api/v1/namespaces/${namespace}/${served.resource}/${name}/proxy`;
  switch (served.resource) {
    case 'nodes':
      return { endpoint: nodeEndpoint(machinery, splitPortName(name).name, nodeTls), refererPath: base };
    case 'pods':
      return { endpoint: await podEndpoint(machinery, target), refererPath: base };
    case 'services':
      return { endpoint: await serviceEndpoint(machinery, target), refererPath: base };
    default:
      throw methodNotAllowed(served, 'proxy');
  }
}
