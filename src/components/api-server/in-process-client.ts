import { randomUUID } from 'node:crypto';
import type { Status } from '../../api/generated/meta-v1.ts';
import type { KubernetesList, KubernetesObject, ObjectKey, UntypedObject } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import { type ApiError, methodNotAllowed } from '../../api/status.ts';
import type { Client, CreateOptions, DeleteOptions, GetOptions, ListOptions, Patch, WatchEvent, WatchOptions, WriteOptions } from '../../client/client.ts';
import { resourcePath } from '../../client/request-paths.ts';
import type { UserInfo } from '../../extension-points/authentication/contract.ts';
import type { Subresource } from '../../extension-points/resources/contract.ts';
import { requireAllowed, resourceAttributes, type Selectors } from './access.ts';
import type { Auditor } from './audit/auditor.ts';
import type { AuditTrail } from './http/audit-trail.ts';
import { reportStrict } from './http/decode-body.ts';
import { shapeBody } from './http/decode-subresource-body.ts';
import { hasSubresource, nothingHere } from './http/resource-routes.ts';
import { toApiError } from './http/respond.ts';
import { listMeta } from './http/send-list.ts';
import { newDraft, wholeDraft } from './in-process-draft.ts';
import { applyScale, patchScale, replaceScale } from './operations/change-scale.ts';
import type { Machinery, RequestContext, Target } from './operations/context.ts';
import { create } from './operations/create.ts';
import { createSubresource } from './operations/create-subresource.ts';
import { remove } from './operations/delete.ts';
import { removeCollection } from './operations/delete-collection.ts';
import { get } from './operations/get.ts';
import { list } from './operations/list.ts';
import { checkListQuery } from './operations/list-options.ts';
import { mutableCopy } from './operations/mutable-copy.ts';
import { patch } from './operations/patch.ts';
import { getScale } from './operations/scale.ts';
import { typed } from './operations/typed.ts';
import { replace } from './operations/update.ts';
import { checkWriteOptions, type RawWriteOptions } from './operations/write-options.ts';
import type { InProcessIdentity } from './options.ts';
import { render } from './rendering.ts';
import { apply } from './server-side-apply/apply.ts';
import { componentAgent } from './server-side-apply/manager-name.ts';
import { watchInProcess } from './watch/in-process-watch.ts';

export interface InProcessClientDeps {
  readonly machinery: Machinery;
  readonly identity: InProcessIdentity;
  readonly audit: AuditTrail;
  /** Absent when nothing is recorded. */
  readonly auditor?: Auditor | undefined;
  readonly stopping: AbortSignal;
}

/** A client that calls the pipeline directly: authorization and admission as for any request, but no sockets, no JSON and no copies on reads. */
export function createInProcessClient(deps: InProcessClientDeps): Client {
  return new InProcessClient(deps);
}

interface Call {
  readonly verb: string;
  readonly type: ResourceType;
  readonly key: { readonly namespace?: string; readonly name: string };
  readonly subresource?: string;
  readonly selectors?: Selectors;
}

class InProcessClient implements Client {
  readonly #deps: InProcessClientDeps;
  readonly #user: UserInfo;

  constructor(deps: InProcessClientDeps) {
    this.#deps = deps;
    const { name, groups, uid, extra } = deps.identity;
    const all = groups.includes('system:authenticated') || name === 'system:anonymous' ? groups : [...groups, 'system:authenticated'];
    this.#user = { name, groups: all, ...(uid === undefined ? {} : { uid }), ...(extra === undefined ? {} : { extra }) };
  }

  get<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey, options: GetOptions = {}): Promise<T> {
    const { subresource = '', resourceVersion } = options;
    return this.#run({ verb: 'get', type, key, subresource }, async (target) => {
      const part = subresourceOf(target);
      const rendering = part?.kind === 'scale' ? await getScale(this.#deps.machinery, target, part) : await get(this.#deps.machinery, target, resourceVersion);
      return typed<T>(rendering.object);
    });
  }

  list<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions = {}): Promise<KubernetesList<T>> {
    const { namespace, ...query } = options;
    return this.#run({ verb: 'list', type, key: { ...(namespace ? { namespace } : {}), name: '' }, selectors: query }, async (target) => {
      const result = await list(this.#deps.machinery, target, checkListQuery(query, false));
      const { served } = target;
      const items: T[] = [];
      for (const stored of result.items) {
        const rendering = render(served, stored);
        items.push(typed<T>((rendering instanceof Promise ? await rendering : rendering).object));
      }
      return { apiVersion: served.apiVersion, kind: served.listKind, metadata: listMeta(result), items };
    });
  }

  /** The generator is the watch's own: one that delegates to it would take several turns more for each event. */
  watch<T extends KubernetesObject>(type: ResourceType<T>, { namespace, signal, ...wanted }: WatchOptions): AsyncGenerator<WatchEvent<T>, void, undefined> {
    return watchInProcess<T>(this.#deps.machinery, async () => {
      const { target } = await this.#enter({ verb: 'watch', type, key: { ...(namespace ? { namespace } : {}), name: '' }, selectors: wanted });
      const raw = wanted.sendInitialEvents === undefined ? wanted : { ...wanted, resourceVersionMatch: 'NotOlderThan' };
      const { retired } = target.served.definition;
      const signals = [signal, this.#deps.stopping, ...(retired ? [retired] : [])];
      return { target, query: checkListQuery(raw, true), signal: AbortSignal.any(signals) };
    });
  }

  create<T extends KubernetesObject>(type: ResourceType<T>, object: T, options: CreateOptions = {}): Promise<T> {
    const namespace = options.namespace ?? object.metadata?.namespace ?? '';
    return this.#run({ verb: 'create', type, key: { namespace, name: '' } }, async (target, context) => {
      const checked = checkWriteOptions(rawOptions(options), 'CreateOptions');
      const draft = newDraft(target.served, object, { fieldValidation: checked.fieldValidation, context });
      if (options.namespace !== undefined) delete draft.metadata.namespace;
      return typed<T>((await create(this.#deps.machinery, context, target, { draft, options: checked })).object);
    });
  }

  replace<T extends KubernetesObject>(type: ResourceType<T>, object: T, options: WriteOptions & { subresource?: string } = {}): Promise<T> {
    const { name = '', namespace = '' } = object.metadata;
    return this.#run({ verb: 'update', type, key: { namespace, name }, subresource: options.subresource ?? '' }, async (target, context) => {
      const { machinery } = this.#deps;
      const part = subresourceOf(target);
      if (part?.kind === 'scale')
        return typed<T>((await replaceScale(machinery, context, target, { scale: untyped(object), raw: rawOptions(options), subresource: part })).object);
      const checked = checkWriteOptions(rawOptions(options), 'UpdateOptions');
      const draft = wholeDraft(target.served, object, { fieldValidation: checked.fieldValidation, context });
      return typed<T>((await replace(machinery, context, target, { draft, options: checked })).object);
    });
  }

  patch<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey, body: Patch, options: WriteOptions & { subresource?: string } = {}): Promise<T> {
    return this.#run({ verb: 'patch', type, key, subresource: options.subresource ?? '' }, async (target, context) => {
      const { machinery } = this.#deps;
      const part = subresourceOf(target);
      if (part?.kind === 'scale')
        return typed<T>((await patchScale(machinery, context, target, { patch: body, raw: rawOptions(options), subresource: part })).object);
      const checked = checkWriteOptions(rawOptions(options), 'PatchOptions');
      return typed<T>((await patch(machinery, context, target, { patch: body, options: checked })).object);
    });
  }

  apply<T extends KubernetesObject>(
    type: ResourceType<T>,
    object: T,
    options: WriteOptions & { fieldManager: string; force?: boolean; subresource?: string },
  ): Promise<T> {
    const { name = '', namespace = '' } = object.metadata;
    return this.#run({ verb: 'patch', type, key: { namespace, name }, subresource: options.subresource ?? '' }, async (target, context) => {
      const raw = { ...rawOptions(options), ...(options.force === undefined ? {} : { force: options.force }) };
      const part = subresourceOf(target);
      if (part?.kind === 'scale') {
        const body = { value: { ...untyped(object), apiVersion: 'autoscaling/v1', kind: 'Scale' }, strict: [] };
        return typed<T>((await applyScale(this.#deps.machinery, context, target, { body, raw, subresource: part })).object);
      }
      const checked = checkWriteOptions(raw, 'PatchOptions', true);
      const config = { apiVersion: target.served.apiVersion, kind: target.served.kind, ...untyped(object) };
      const requireCreate = async (): Promise<void> => void (await this.#enter({ verb: 'create', type, key: { namespace, name } }));
      return typed<T>(
        (await apply(this.#deps.machinery, context, target, { config: { value: config, strict: [] }, options: checked, requireCreate })).rendering.object,
      );
    });
  }

  delete<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey, options: DeleteOptions = {}): Promise<T | Status> {
    return this.#run({ verb: 'delete', type, key }, async (target, context) => {
      const outcome = await remove(this.#deps.machinery, context, target, deleteOptions(options));
      return outcome.kind === 'status' ? outcome.status : typed<T>(outcome.rendering.object);
    });
  }

  deleteCollection<T extends KubernetesObject>(type: ResourceType<T>, options: ListOptions & DeleteOptions = {}): Promise<void> {
    const { namespace, labelSelector = '', fieldSelector = '' } = options;
    return this.#run(
      { verb: 'deletecollection', type, key: { ...(namespace ? { namespace } : {}), name: '' }, selectors: options },
      async (target, context) => {
        const query = checkListQuery({ labelSelector, fieldSelector }, false);
        await removeCollection(this.#deps.machinery, context, target, { query, options: deleteOptions(options) });
      },
    );
  }

  createSubresource<Answer>(
    type: ResourceType,
    key: ObjectKey,
    subresource: string,
    body: KubernetesObject | Record<string, unknown>,
    options: WriteOptions = {},
  ): Promise<Answer> {
    return this.#run({ verb: 'create', type, key, subresource }, async (target, context) => {
      const part = subresourceOf(target);
      if (part?.kind !== 'create') throw methodNotAllowed(target.served, 'create');
      const checked = checkWriteOptions(rawOptions(options), 'CreateOptions');
      const draft = mutableCopy(body) as UntypedObject;
      reportStrict(part.bodyKind, shapeBody(target.served, part.bodyKind, draft), { fieldValidation: checked.fieldValidation, context });
      const rendering = await createSubresource(this.#deps.machinery, context, target, { subresource: part, draft, options: checked });
      return rendering.object as Answer;
    });
  }

  async #run<Result>(call: Call, operate: (target: Target, context: RequestContext) => Promise<Result>): Promise<Result> {
    const { audit, machinery } = this.#deps;
    const startedMs = performance.now();
    const context: RequestContext = {
      user: this.#user,
      requestId: randomUUID(),
      userAgent: componentAgent(this.#user.name),
      signal: this.#deps.stopping,
      warn: () => {},
    };
    let code = 200;
    let refusal: ApiError | undefined;
    let result: Result | undefined;
    try {
      const { target } = await this.#enter(call);
      result = await operate(target, context);
      return result;
    } catch (error) {
      refusal = toApiError(error);
      code = refusal.code;
      throw refusal;
    } finally {
      if (this.#deps.auditor) await this.#recordCall(call, context, { error: refusal, result, durationMs: performance.now() - startedMs });
      const url = `in-process:${call.type.resource}${call.subresource ? `/${call.subresource}` : ''}/${call.key.namespace ?? ''}/${call.key.name}`;
      audit.record({
        auditId: context.requestId,
        atMs: machinery.clock.now(),
        user: this.#user.name,
        verb: call.verb,
        url,
        code,
        durationMs: performance.now() - startedMs,
      });
    }
  }

  async #recordCall(
    { verb, type, key, subresource = '' }: Call,
    { requestId, userAgent = '' }: RequestContext,
    { error, result, durationMs }: { error: ApiError | undefined; result: unknown; durationMs: number },
  ): Promise<void> {
    const { auditor, machinery } = this.#deps;
    const { group, version, resource } = type;
    const { namespace = '', name } = key;
    await auditor?.recordCall({
      auditId: requestId,
      user: this.#user,
      info: { isResource: true, verb, group, version, resource, subresource, namespace, name, rest: '' },
      url: resourcePath(type, { ...(namespace === '' ? {} : { namespace }), ...(name === '' ? {} : { name }), ...(subresource === '' ? {} : { subresource }) }),
      userAgent,
      receivedMs: machinery.clock.now() - durationMs,
      error,
      result,
    });
  }

  /** Finds the resource and asks the authorizers. */
  async #enter({ verb, type, key, subresource = '', selectors = {} }: Call): Promise<{ target: Target }> {
    const { machinery, stopping } = this.#deps;
    const { group, version, resource } = type;
    const served = machinery.resources.find(group, version, resource);
    const namespace = served?.namespaced ? (key.namespace ?? '') : '';
    await requireAllowed(
      machinery,
      resourceAttributes(this.#user, { verb, group, version, resource, subresource, namespace, name: key.name }, { selectors }),
      stopping,
    );
    if (!served || (subresource !== '' && !hasSubresource(served, subresource))) throw nothingHere();
    if (subresource === '' && !served.verbs.has(verb)) throw methodNotAllowed(served, verb);
    return { target: { served, namespace, name: key.name, subresource } };
  }
}

const subresourceOf = ({ served, subresource }: Target): Subresource | undefined => (subresource === '' ? undefined : served.subresources[subresource]);

const untyped = (object: KubernetesObject): UntypedObject => mutableCopy(object) as UntypedObject;

const rawOptions = ({ dryRun, fieldManager, fieldValidation }: WriteOptions): RawWriteOptions => ({
  ...(dryRun ? { dryRun: ['All'] } : {}),
  ...(fieldManager === undefined ? {} : { fieldManager }),
  ...(fieldValidation === undefined ? {} : { fieldValidation }),
});

const deleteOptions = ({ dryRun = false, gracePeriodSeconds, propagationPolicy, preconditions }: DeleteOptions): Parameters<typeof remove>[3] => ({
  dryRun,
  ...(gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds }),
  ...(propagationPolicy === undefined ? {} : { propagationPolicy }),
  ...(preconditions?.uid === undefined ? {} : { uid: preconditions.uid }),
  ...(preconditions?.resourceVersion === undefined ? {} : { resourceVersion: preconditions.resourceVersion }),
});
