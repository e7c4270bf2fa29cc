import { deepFreeze, type UntypedObject } from '../../api/object.ts';
import { ApiError, internalError } from '../../api/status.ts';
import { ExtensionError, type ExtensionPoint } from '../../kernel/extension-point.ts';
import type { AdmissionPlugin, AdmissionRequest, MutationOutcome, ValidationOutcome } from './contract.ts';

/** What admission left of a write. `object` is absent where the request has none (DELETE, CONNECT). */
export interface Admission {
  readonly object: UntypedObject | undefined;
  /** For the client, as `Warning` headers. */
  readonly warnings: readonly string[];
}

/** One step that mattered: a plugin changed the object, refused the write, or failed. For decision records; called before the client hears. */
export interface AdmissionObserver {
  (step: AdmissionStep): void;
  /** It keeps nothing of what it is shown: objects need not be frozen for it. */
  readonly copiesAtOnce?: boolean;
}
export type AdmissionStep = { readonly plugin: string; readonly request: AdmissionRequest } & (
  | { readonly kind: 'changed'; readonly before: UntypedObject | undefined; readonly after: UntypedObject }
  | { readonly kind: 'denied'; readonly error: ApiError }
  | { readonly kind: 'failed'; readonly error: unknown }
);

/**
 * Whether objects must be frozen before plugins see them. Built-in plugins are held to the contract by their conformance tests, and freezing what is
 * about to be changed again costs more than most of them; observers may keep what they are shown.
 */
export function mustFreeze(point: ExtensionPoint<AdmissionPlugin>, observe: AdmissionObserver | undefined): boolean {
  if (observe && !observe.copiesAtOnce) return true;
  for (const { origin } of point) if (origin !== 'built-in') return true;
  return false;
}

/** Runs all mutating plugins in order, each on the result of the one before. Throws the `ApiError` of the first denial, or 500 when a plugin failed. */
export async function mutateAdmission(
  point: ExtensionPoint<AdmissionPlugin>,
  request: AdmissionRequest,
  signal: AbortSignal,
  observe?: AdmissionObserver,
): Promise<Admission> {
  const warnings: string[] = [];
  const freezes = mustFreeze(point, observe);
  let current = request;
  for (const plugin of point.implementing('mutate')) {
    if (plugin.implementation.handles && !point.callUntimed(plugin, 'handles', current)) continue;
    const asked = current;
    const answer = answerOf<MutationOutcome>(() => point.call(plugin, 'mutate', asked, signal), { plugin: plugin.name, request: asked }, observe);
    const outcome = answer instanceof Promise ? await answer : answer;
    if (outcome.kind === 'deny') throw outcome.error;
    if (outcome.warnings) warnings.push(...outcome.warnings);
    if (outcome.kind !== 'replace' || outcome.object === asked.object) continue;
    current = { ...asked, object: freezes ? deepFreeze(outcome.object) : outcome.object };
    observe?.({ kind: 'changed', plugin: plugin.name, request: asked, before: asked.object, after: outcome.object });
  }
  return { object: current.object, warnings };
}

/** Runs the validating plugins in order on the final object. Throws the `ApiError` of the first denial, which ends the run, or 500 when a plugin failed. */
export async function validateAdmission(
  point: ExtensionPoint<AdmissionPlugin>,
  request: AdmissionRequest,
  signal: AbortSignal,
  observe?: AdmissionObserver,
): Promise<Admission> {
  const warnings: string[] = [];
  for (const plugin of point.implementing('validate')) {
    if (plugin.implementation.handles && !point.callUntimed(plugin, 'handles', request)) continue;
    const answer = answerOf<ValidationOutcome>(() => point.call(plugin, 'validate', request, signal), { plugin: plugin.name, request }, observe);
    const outcome = answer instanceof Promise ? await answer : answer;
    if (outcome.kind === 'deny') throw outcome.error;
    if (outcome.warnings) warnings.push(...outcome.warnings);
  }
  return { object: request.object, warnings };
}

/** Synchronous when the plugin is. */
function answerOf<Outcome extends ValidationOutcome | MutationOutcome>(
  ask: () => Outcome | Promise<Outcome>,
  step: { readonly plugin: string; readonly request: AdmissionRequest },
  observe: AdmissionObserver | undefined,
): Outcome | Promise<Outcome> {
  const told = (outcome: Outcome): Outcome => {
    if (outcome.kind === 'deny') observe?.({ ...step, kind: 'denied', error: outcome.error });
    return outcome;
  };
  const failed = (error: unknown): never => {
    observe?.({ ...step, kind: 'failed', error });
    throw refusalOf(error);
  };
  try {
    const answer = ask();
    return answer instanceof Promise ? answer.then(told, failed) : told(answer);
  } catch (error) {
    return failed(error);
  }
}

/** An ApiError that a plugin threw (from a call it made) is the answer; any other fault is a 500 that names the plugin. */
function refusalOf(error: unknown): ApiError {
  const cause = error instanceof ExtensionError ? error.cause : error;
  if (cause instanceof ApiError) return cause;
  return internalError(error instanceof Error ? error.message : String(error), error);
}
