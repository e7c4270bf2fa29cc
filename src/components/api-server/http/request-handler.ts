import { internalError } from '../../../api/status.ts';
import { anonymous } from '../../../extension-points/authentication/contract.ts';
import type { AuthorizationAttributes, AuthorizationDecision } from '../../../extension-points/authorization/contract.ts';
import { requireAllowed, resourceAttributes } from '../access.ts';
import type { Auditor } from '../audit/auditor.ts';
import { isAlwaysAllowed, type NonResourceDeps, serveNonResource } from '../endpoints/non-resource-routes.ts';
import type { Admitted } from '../fairness/fairness.ts';
import { listedObjects } from '../fairness/listed-objects.ts';
import { Overloaded, sendOverloaded } from '../fairness/overloaded.ts';
import type { Target } from '../operations/context.ts';
import { type RequestInfo, type ResourceRequestInfo, requestInfo } from '../request-info.ts';
import type { AuditTrail } from './audit-trail.ts';
import type { Exchange } from './exchange.ts';
import { impersonate, wantsImpersonation } from './impersonate.ts';
import type { RequestLabels } from './metrics.ts';
import type { PeerIdentity } from './peer-identity.ts';
import { readBody } from './read-body.ts';
import { HttpRequest } from './request.ts';
import { hasSubresource, type RouteDeps, resolveTarget, serveResource } from './resource-routes.ts';
import { sendError } from './respond.ts';

export interface HandlerDeps extends NonResourceDeps {
  readonly routes: RouteDeps;
  readonly identity: PeerIdentity;
  readonly audit: AuditTrail;
  /** Absent when nothing is recorded. */
  readonly auditor: Auditor | undefined;
  readonly longRunning: Map<string, number>;
}

/** Takes every request through the pipeline: authenticate, impersonate, authorize, limit, route, answer, record. */
export class RequestHandler {
  readonly #deps: HandlerDeps;
  /** Requests under way, watches and streams included. */
  readonly active = new Set<HttpRequest>();

  constructor(deps: HandlerDeps) {
    this.#deps = deps;
  }

  /** Answers one request. Never rejects. */
  async handle(exchange: Exchange): Promise<void> {
    const { machinery, inFlight } = this.#deps;
    const startedMs = performance.now();
    const request = new HttpRequest(exchange, anonymous, machinery.limits);
    this.active.add(request);
    let info: RequestInfo = { isResource: false, verb: exchange.method.toLowerCase() };
    let isLong = false;
    let leave: (() => void) | undefined;
    let admitted: Admitted | undefined;
    let isIdentified = false;
    try {
      const identified = this.#deps.identity.identify(exchange);
      request.user = identified instanceof Promise ? await identified : identified;
      isIdentified = true;
      info = requestInfo(exchange.method, exchange.path, exchange.query);
      isLong = isLongRunning(info);
      if (this.#deps.auditor) this.#beginRecord(request, info, isLong);
      if (wantsImpersonation(exchange)) await this.#impersonate(request, info);
      await this.#authorize(request, info);
      const target = info.isResource ? resolveTarget(machinery, info) : undefined;
      if (isLong) leave = this.#countLongRunning(info as ResourceRequestInfo);
      else {
        if (target && bodyVerbs.has(info.verb)) await this.#receive(request);
        leave = inFlight.enter(info.verb);
      }
      if (!isLong || info.verb === 'watch') {
        const entered = this.#enter(request, info, target);
        admitted = entered instanceof Promise ? await entered : entered;
        request.classification = admitted.classification;
        if (isLong) request.initialized = () => admitted?.seat.release();
      }
      if (target) await serveResource(this.#deps.routes, request, info as ResourceRequestInfo, target);
      else await serveNonResource(this.#deps, request);
      if (!exchange.hasAnswered) throw internalError('the request was not answered');
    } catch (error) {
      if (this.#deps.auditor && !isIdentified) this.#beginRecord(request, info, false, true);
      if (error instanceof Overloaded) sendOverloaded(exchange, request.requestId, error);
      else sendError(request, error, machinery.log);
    } finally {
      // What a client has not taken yet, and what is still to be recorded of it, is its request's work, and no one else's.
      const left = isLong ? undefined : request.left();
      if (left) await left;
      const recorded = request.record?.finish();
      if (recorded) await recorded;
      admitted?.seat.release();
      leave?.();
      this.active.delete(request);
      this.#record(request, { info, durationMs: performance.now() - startedMs, isLong });
    }
  }

  /** Starts the record of a request. Nobody sent it when nobody could be authenticated. */
  #beginRecord(request: HttpRequest, info: RequestInfo, isLong: boolean, isUnauthenticated = false): void {
    const { auditor, machinery } = this.#deps;
    const user = isUnauthenticated ? undefined : request.user;
    request.record = auditor?.begin({ exchange: request.exchange, auditId: request.requestId, user, info, receivedMs: machinery.clock.now(), isLong });
    if (isUnauthenticated) request.record?.unauthenticated();
  }

  async #impersonate(request: HttpRequest, info: RequestInfo): Promise<void> {
    const { exchange, user } = request;
    const asked: AuthorizationAttributes = info.isResource
      ? resourceAttributes(user, info, { path: exchange.path, selectors: selectorsOf(exchange) })
      : { user, verb: info.verb, path: exchange.path };
    const impersonation = await impersonate(exchange, asked, (attributes) => requireAllowed(this.#deps.machinery, attributes, exchange.signal));
    if (!impersonation) return;
    request.user = impersonation.user;
    request.record?.impersonates(impersonation.user, impersonation.constraint);
  }

  /** Waits for its turn. */
  #enter({ exchange, user }: HttpRequest, info: RequestInfo, target: Target | undefined): Admitted | Promise<Admitted> {
    const objects = target && (info.verb === 'list' || info.verb === 'watch') ? listedObjects(this.#deps.machinery, target, exchange.query) : 0;
    return this.#deps.fairness.enter({ user, info, path: exchange.path }, { objects, signal: () => exchange.signal });
  }

  async #authorize(request: HttpRequest, info: RequestInfo): Promise<void> {
    const { machinery } = this.#deps;
    const { exchange, user, record } = request;
    const told = record && ((decision: AuthorizationDecision) => record.decided(decision));
    if (!info.isResource) {
      if (isAlwaysAllowed(exchange.path)) return;
      return requireAllowed(machinery, { user, verb: info.verb, path: exchange.path }, exchange.signal, told);
    }
    await requireAllowed(machinery, resourceAttributes(user, info, { path: exchange.path, selectors: selectorsOf(exchange) }), exchange.signal, told);
    // A WebSocket is opened with GET, but a session in a container takes the right to create one, as upstream asks for since 1.35.
    if (exchange.upgrade && info.verb === 'get' && sessionSubresources.has(info.subresource)) {
      await requireAllowed(machinery, resourceAttributes(user, { ...info, verb: 'create' }), exchange.signal);
    }
  }

  /** A slow upload takes no place among the requests in flight, only one of those its own user has. */
  async #receive({ exchange, user }: HttpRequest): Promise<void> {
    const { inFlight, machinery } = this.#deps;
    const leave = inFlight.enterUpload(user);
    try {
      await readBody(exchange, machinery.limits.bodyBytes, machinery.limits.bodySeconds);
    } finally {
      leave();
    }
  }

  #countLongRunning(info: ResourceRequestInfo): () => void {
    const { longRunning } = this.#deps;
    const served = this.#deps.machinery.resources.find(info.group, info.version, info.resource);
    const name = `group=${JSON.stringify(served?.group ?? '')},resource=${JSON.stringify(served?.resource ?? '')},verb="${info.verb === 'watch' ? 'WATCH' : 'CONNECT'}"`;
    longRunning.set(name, (longRunning.get(name) ?? 0) + 1);
    return () => {
      const rest = (longRunning.get(name) ?? 1) - 1;
      if (rest > 0) longRunning.set(name, rest);
      else longRunning.delete(name);
    };
  }

  #record(request: HttpRequest, { info, durationMs, isLong }: { info: RequestInfo; durationMs: number; isLong: boolean }): void {
    const { audit, metrics, machinery } = this.#deps;
    const { exchange, user, requestId } = request;
    const code = exchange.status || 499;
    metrics.countRequest(this.#labels(info), code, durationMs, isLong);
    audit.record({ auditId: requestId, atMs: machinery.clock.now(), user: user.name, verb: info.verb, url: exchange.url, code, durationMs });
  }

  /** Only names that are served become labels: clients could else fill the memory with invented ones. */
  #labels(info: RequestInfo): RequestLabels {
    const served = info.isResource ? this.#deps.machinery.resources.find(info.group, info.version, info.resource) : undefined;
    if (!info.isResource || !served) return unknownLabels.get(info.verb) ?? unknownLabels.get('get')!;
    const { group, version, resource } = served;
    const subresource = hasSubresource(served, info.subresource) ? info.subresource : '';
    return {
      verb: info.verb === '' ? 'other' : info.verb,
      group,
      version,
      resource,
      subresource,
      scope: info.name !== '' ? 'resource' : info.namespace === '' ? 'cluster' : 'namespace',
    };
  }
}

const selectorsOf = ({ query }: Exchange): { fieldSelector: string | null; labelSelector: string | null } => ({
  fieldSelector: query.get('fieldSelector'),
  labelSelector: query.get('labelSelector'),
});

const unknownLabels: ReadonlyMap<string, RequestLabels> = new Map(
  ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'list', 'watch', 'create', 'update', 'deletecollection'].map(
    (verb) => [verb, { verb, group: '', version: '', resource: '', subresource: '', scope: '' }] as const,
  ),
);

const bodyVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

const sessionSubresources = new Set(['exec', 'attach', 'portforward']);
const streamSubresources = new Set([...sessionSubresources, 'log', 'proxy']);

/** Requests that last as long as the client likes: they take no place among those in flight. */
const isLongRunning = (info: RequestInfo): boolean => info.isResource && (info.verb === 'watch' || streamSubresources.has(info.subresource));
