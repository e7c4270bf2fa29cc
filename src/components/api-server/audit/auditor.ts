import type { Status } from '../../../api/status.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { userInfoObject } from '../../../extension-points/authentication/reviews.ts';
import type { AuthorizationDecision } from '../../../extension-points/authorization/contract.ts';
import { type Clock, microTimeText } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import type { Exchange } from '../http/exchange.ts';
import { readBody } from '../http/read-body.ts';
import type { RequestInfo } from '../request-info.ts';
import { requestTurns } from '../turns.ts';
import { type RecordedAnswer, recordAnswer } from './answer-recorder.ts';
import { valueOfBody } from './body-value.ts';
import { type AuditedCall, callEvents } from './call-events.ts';
import { type AuditEvent, completedReference, requestFacts, statusFields, withoutManagedFields } from './event.ts';
import { createPolicyEvaluator, type Level, levels, type Policy, type Stage, type Verdict } from './policy.ts';

/** Where events go. */
export interface AuditSink extends AsyncDisposable {
  /** Takes an event. Never throws: what it cannot take it drops, counts, and says so in the log. */
  write(event: AuditEvent): void;
  /** When there is room for more, as far as whoever is recorded can wait for that; `undefined` when there is. To be asked again afterwards. Never rejects. */
  room?(): Promise<void> | undefined;
}

export interface AuditorDeps {
  readonly policy: Policy;
  readonly sinks: readonly AuditSink[];
  readonly clock: Clock;
  readonly log: Log;
  /** Longest body that is read; the server's own bound. */
  readonly bodyBytes: number;
}

/** A request at its beginning. */
export interface AuditedRequest {
  readonly exchange: Exchange;
  readonly auditId: string;
  /** Absent when nobody could be authenticated. */
  readonly user: UserInfo | undefined;
  readonly info: RequestInfo;
  readonly receivedMs: number;
  /** A watch or stream: its beginning is a stage of its own. */
  readonly isLong: boolean;
}

/** Records requests as a policy has it (audit.k8s.io/v1). What it costs, it costs those requests that are recorded. */
export class Auditor implements AsyncDisposable {
  readonly #deps: AuditorDeps;
  readonly #verdict: ReturnType<typeof createPolicyEvaluator>;

  constructor(deps: AuditorDeps) {
    this.#deps = deps;
    this.#verdict = createPolicyEvaluator(deps.policy);
  }

  /** Starts a record; `undefined` when the request is not to be recorded. */
  begin(request: AuditedRequest): RequestRecord | undefined {
    const verdict = this.#verdict({ user: request.user, info: request.info, path: request.exchange.path });
    return verdict.level === 'None' ? undefined : new RequestRecord(this.#deps, request, verdict);
  }

  /** Records a call of a component in the same process, when it is over. Settles when that is done. */
  async recordCall(call: AuditedCall): Promise<void> {
    const { clock, sinks } = this.#deps;
    const verdict = this.#verdict({ user: call.user, info: call.info, path: call.url });
    if (verdict.level === 'None') return;
    const completedMs = clock.now();
    for (let turn = turnToRecord(this.#deps); turn; turn = turnToRecord(this.#deps)) await turn;
    for (const event of callEvents(call, verdict, completedMs)) for (const sink of sinks) sink.write(event);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#deps.sinks.map((sink) => sink[Symbol.asyncDispose]()));
  }
}

const maximumAnnotations = 64;

/** What becomes of one request, told stage by stage. */
export class RequestRecord {
  readonly #deps: AuditorDeps;
  readonly #request: AuditedRequest;
  readonly #verdict: Verdict;
  readonly #answer: RecordedAnswer;
  readonly #annotations = new Map<string, string>();
  #facts: ReturnType<typeof requestFacts> & Pick<AuditEvent, 'impersonatedUser' | 'authenticationMetadata'>;
  #status: Partial<Status> | undefined;

  constructor(deps: AuditorDeps, request: AuditedRequest, verdict: Verdict) {
    this.#deps = deps;
    this.#request = request;
    this.#verdict = verdict;
    this.#facts = requestFacts(request.exchange, request.user, request.info);
    const isWhole = this.#isAtLeast('RequestResponse') && !request.isLong;
    this.#answer = recordAnswer(request.exchange, {
      onHead: (status) => {
        this.#status = { metadata: {}, code: status, ...(this.#status?.message ? { message: this.#status.message } : {}) };
        if (request.isLong) this.#emit('ResponseStarted');
      },
      // Refusals and deletions answer with a Status, which every level shows.
      keepsBody: (status) => isWhole || status >= 400 || request.info.verb === 'delete',
    });
    this.#emit('RequestReceived');
  }

  /** A note on the event; the first of a key stays. */
  annotate(key: string, value: string): void {
    if (!this.#annotations.has(key) && this.#annotations.size < maximumAnnotations) this.#annotations.set(key, value);
  }

  /** What the authorizers said. */
  decided({ kind, reason, error }: AuthorizationDecision): void {
    if (kind !== 'allow' && error !== undefined) return this.annotate('authorization.k8s.io/reason', 'internal error');
    this.annotate('authorization.k8s.io/decision', kind === 'allow' ? 'allow' : 'forbid');
    this.annotate('authorization.k8s.io/reason', reason);
  }

  /** Who the request is made as, and by which constrained right when it was one. */
  impersonates(user: UserInfo, constraint: string): void {
    this.#facts = {
      ...this.#facts,
      impersonatedUser: userInfoObject(user),
      ...(constraint === '' ? {} : { authenticationMetadata: { impersonationConstraint: constraint } }),
    };
  }

  /** Why nobody was authenticated. */
  unauthenticated(): void {
    this.#status = { message: attemptedMethods(this.#request.exchange) };
  }

  /** The request is over. Settles when that has been recorded, which may have to wait for those before it. Never rejects. */
  async finish(): Promise<void> {
    try {
      await this.#complete();
    } catch (error) {
      this.#deps.log.error('audit event failed', { auditID: this.#request.auditId, error });
    }
  }

  async #complete(): Promise<void> {
    if (this.#request.exchange.upgrade && this.#status === undefined && this.#request.exchange.status === 101) this.#status = { metadata: {}, code: 101 };
    this.#status ??= { metadata: {}, status: 'Success', message: 'Connection closed early', code: 200 };
    const body = await this.#requestBody();
    for (let turn = turnToRecord(this.#deps); turn; turn = turnToRecord(this.#deps)) await turn;
    const requestObject = body && valueOfBody(body, this.#request.exchange.header('content-type') ?? '');
    const answer = this.#answer.object();
    const { objectRef } = this.#facts;
    if (objectRef && requestObject !== undefined && this.#request.info.verb !== 'patch')
      this.#facts = { ...this.#facts, objectRef: completedReference(objectRef, requestObject) };
    if ((answer as Partial<Status> | undefined)?.kind === 'Status') this.#status = statusFields(answer as Partial<Status>);
    this.#emit('ResponseComplete', {
      ...(requestObject !== undefined && this.#isAtLeast('Request') ? { requestObject: this.#trimmed(requestObject) } : {}),
      ...(answer !== undefined && this.#isAtLeast('RequestResponse') ? { responseObject: this.#trimmed(answer) } : {}),
    });
  }

  /** The body as the handler read it; nothing of it is read for the audit's sake. Patches have media types of their own, all of them JSON but one. */
  async #requestBody(): Promise<Buffer | undefined> {
    const { exchange, info, isLong } = this.#request;
    if (!info.isResource || isLong || !bodyVerbs.has(info.verb) || (exchange.status >= 400 && !exchange.body.readableEnded)) return undefined;
    if (info.verb === 'patch' && !this.#isAtLeast('Request')) return undefined;
    return readBody(exchange, this.#deps.bodyBytes).catch(() => undefined);
  }

  #trimmed(value: unknown): unknown {
    return this.#verdict.omitManagedFields ? withoutManagedFields(value) : value;
  }

  #isAtLeast(level: Level): boolean {
    return levels.indexOf(this.#verdict.level) >= levels.indexOf(level);
  }

  #emit(stage: Stage, objects: Pick<AuditEvent, 'requestObject' | 'responseObject'> = {}): void {
    const { clock, sinks } = this.#deps;
    if (this.#verdict.omitStages.has(stage)) return;
    const { requestURI, verb, user, impersonatedUser, authenticationMetadata, sourceIPs, userAgent, objectRef } = this.#facts;
    const event: AuditEvent = {
      kind: 'Event',
      apiVersion: 'audit.k8s.io/v1',
      level: this.#verdict.level,
      auditID: this.#request.auditId,
      stage,
      requestURI,
      verb,
      user,
      ...(impersonatedUser ? { impersonatedUser } : {}),
      ...(authenticationMetadata ? { authenticationMetadata } : {}),
      ...(sourceIPs ? { sourceIPs } : {}),
      ...(userAgent ? { userAgent } : {}),
      ...(objectRef ? { objectRef } : {}),
      ...(this.#status && stage !== 'RequestReceived' ? { responseStatus: this.#status } : {}),
      ...objects,
      requestReceivedTimestamp: microTimeText(this.#request.receivedMs),
      stageTimestamp: microTimeText(clock.now()),
      ...(this.#annotations.size > 0 ? { annotations: Object.fromEntries(this.#annotations) } : {}),
    };
    for (const sink of sinks) sink.write(event);
  }
}

/** Bodies are parsed and written out when there is room for them, others being served in between; `undefined` when that may be done at once. */
function turnToRecord({ sinks }: AuditorDeps): Promise<void> | undefined {
  for (const sink of sinks) {
    const room = sink.room?.();
    if (room) return room;
  }
  return requestTurns.breathe();
}

const bodyVerbs = new Set(['create', 'update', 'patch', 'delete', 'deletecollection']);

/** Upstream's text of a failed authentication. */
function attemptedMethods(exchange: Exchange): string {
  const authorization = exchange.header('authorization') ?? '';
  const methods = [
    ...(/^basic /i.test(authorization) ? ['basic'] : []),
    ...(/^bearer \S/i.test(authorization) ? ['bearer'] : []),
    ...(exchange.socket.getPeerCertificate?.()?.subject ? ['x509'] : []),
  ];
  return methods.length > 0 ? `Authentication failed, attempted: ${methods.join(', ')}` : 'Authentication failed, no credentials provided';
}
