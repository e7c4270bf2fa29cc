import { methodNotAllowed } from '../../../api/status.ts';
import type { ServiceAccountIssuer } from '../../../extension-points/authentication/service-account-issuer.ts';
import type { Fairness } from '../fairness/fairness.ts';
import { fairnessMetrics } from '../fairness/fairness-metrics.ts';
import type { InFlight } from '../http/in-flight.ts';
import type { Metrics } from '../http/metrics.ts';
import type { HttpRequest } from '../http/request.ts';
import { nothingHere } from '../http/resource-routes.ts';
import { sendBytes } from '../http/respond.ts';
import type { Machinery } from '../operations/context.ts';
import type { ApiServerOptions } from '../options.ts';
import { isTrue } from '../request-info.ts';
import { extensionRoster } from './debug-extensions.ts';
import type { DiscoveryRoutes } from './discovery-routes.ts';
import type { HealthChecks, HealthKind } from './health.ts';
import { versionInfo } from './version.ts';

export interface NonResourceDeps {
  readonly options: ApiServerOptions;
  readonly machinery: Machinery;
  readonly health: HealthChecks;
  readonly metrics: Metrics;
  readonly inFlight: InFlight;
  readonly fairness: Fairness;
  readonly longRunning: ReadonlyMap<string, number>;
  readonly discovery: DiscoveryRoutes;
}

/** Paths that anyone may ask, whatever the authorizers say: probes must not depend on them. */
export const isAlwaysAllowed = (path: string): boolean => path === '/healthz' || path === '/livez' || path === '/readyz';

/** Answers everything that is not about a resource. Throws ApiError 404 for unknown paths. */
export async function serveNonResource(deps: NonResourceDeps, request: HttpRequest): Promise<void> {
  const { path, method } = request.exchange;
  if (method !== 'GET' && method !== 'HEAD') throw isKnown(path) ? methodNotAllowed({ group: '', resource: path }, method.toLowerCase()) : nothingHere();
  const [, first = '', ...rest] = path.split('/');
  switch (first) {
    case 'healthz':
    case 'livez':
    case 'readyz':
      return serveHealth(deps, request, first, rest.join('/'));
    case 'version':
      return sendValue(request, versionInfo(deps.options.gitVersion ?? 'v1.36.0+wherry'));
    case 'metrics':
      return serveMetrics(deps, request);
    case 'debug':
      if (rest[0] === 'extensions') return sendValue(request, extensionRoster(deps.options.extensionPoints ?? []));
      break;
    case '.well-known':
    case 'openid':
      return serveOpenid(deps, request);
    case '':
      return sendValue(request, { paths: deps.discovery.paths() });
    default:
      if (await deps.discovery.serve(request)) return;
  }
  throw nothingHere();
}

const isKnown = (path: string): boolean => /^\/(?:healthz|livez|readyz|version|metrics|api|apis|openapi)(?:\/|$)/.test(path);

const sendValue = (request: HttpRequest, value: object): void => sendBytes(request, 200, Buffer.from(`${JSON.stringify(value, null, 2)}\n`));

async function serveHealth({ health }: NonResourceDeps, request: HttpRequest, kind: HealthKind, only: string): Promise<void> {
  const { query } = request.exchange;
  const answer = await health.answer(kind, {
    ...(only === '' ? {} : { only }),
    exclude: query.getAll('exclude'),
    verbose: query.has('verbose') && isTrue(query.get('verbose')),
  });
  if (!answer) throw nothingHere();
  sendBytes(request, answer.status, Buffer.from(answer.text), 'text/plain; charset=utf-8');
}

async function serveMetrics({ machinery, metrics, inFlight, fairness, longRunning, options }: NonResourceDeps, request: HttpRequest): Promise<void> {
  const objects = new Map<string, number>();
  for (const prefix of machinery.store.prefixes()) objects.set(prefix, machinery.store.collection(prefix).size);
  const storageSizeBytes = await options.storageSizeBytes?.();
  const text = metrics.text({ reads: inFlight.reads, writes: inFlight.writes, longRunning, objects, storageSizeBytes }) + fairnessMetrics(fairness);
  sendBytes(request, 200, Buffer.from(text), 'text/plain; version=0.0.4; charset=utf-8');
}

async function serveOpenid({ options }: NonResourceDeps, request: HttpRequest): Promise<void> {
  const issuer = options.services.get('service-account-issuer') as ServiceAccountIssuer | undefined;
  const { path } = request.exchange;
  if (issuer && path === '/.well-known/openid-configuration') return sendBytes(request, 200, Buffer.from(JSON.stringify(issuer.openidConfiguration())));
  if (issuer && path === '/openid/v1/jwks') return sendBytes(request, 200, Buffer.from(JSON.stringify(await issuer.jwks())), 'application/jwk-set+json');
  throw nothingHere();
}
