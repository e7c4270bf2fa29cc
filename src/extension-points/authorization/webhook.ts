import type { SubjectAccessReview, SubjectAccessReviewSpec } from '../../api/generated/authorization-v1.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { CompiledExpression } from '../authentication/expressions.ts';
import { type PostReview, withRetries } from '../authentication/webhook.ts';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from './contract.ts';
import { fieldRequirements, labelRequirements } from './selector-requirements.ts';

export interface SubjectAccessWebhookOptions {
  readonly post: PostReview;
  /** How long a yes holds, and anything else; 0 asks every time. Defaults: 5 minutes and 30 seconds, as upstream. */
  readonly authorizedMs?: number;
  readonly unauthorizedMs?: number;
  readonly version?: 'v1' | 'v1beta1';
  /** What the answer is when the webhook cannot be asked. Default `no-opinion`, as upstream's flags have it. */
  readonly onFailure?: 'deny' | 'no-opinion';
  /** Expressions over the review's spec: the webhook is asked only when all of them are true. */
  readonly matchConditions?: readonly CompiledExpression[];
  readonly clock: Clock;
  readonly log: Log;
}

const rememberedAnswers = 8_192;
/** Requests whose texts are longer are asked about every time: else clients could fill the memory with them. */
const rememberedKeyCharacters = 10_000;

type Status = SubjectAccessReview['status'];

/**
 * Asks an outside program whether a user may do something: SubjectAccessReview over HTTPS (upstream's `--authorization-webhook-config-file` and the type `Webhook` of an
 * AuthorizationConfiguration).
 */
export function createSubjectAccessWebhook(options: SubjectAccessWebhookOptions): Authorizer {
  const { post, authorizedMs = 300_000, unauthorizedMs = 30_000, version = 'v1', onFailure = 'no-opinion', matchConditions = [], clock, log } = options;
  const remembered = new Map<string, { readonly status: Status; readonly untilMs: number }>();
  const remember = (key: string, status: Status): void => {
    const lifeMs = status?.allowed ? authorizedMs : unauthorizedMs;
    if (lifeMs <= 0 || key.length > rememberedKeyCharacters) return;
    if (remembered.size >= rememberedAnswers) remembered.delete(remembered.keys().next().value!);
    remembered.set(key, { status, untilMs: clock.now() + lifeMs });
  };
  const ask = async (key: string, spec: object, signal: AbortSignal): Promise<Status> => {
    const body = Buffer.from(
      JSON.stringify({
        kind: 'SubjectAccessReview',
        apiVersion: `authorization.k8s.io/${version}`,
        metadata: { creationTimestamp: null },
        spec,
        status: { allowed: false },
      }),
    );
    const answer = await withRetries(() => post(body, signal), { clock, signal });
    const { status } = JSON.parse(answer.toString()) as SubjectAccessReview;
    remember(key, status);
    return status;
  };
  const failed = (error: unknown): AuthorizationDecision => {
    log.error('authorization webhook failed', { error });
    return { kind: onFailure, reason: '', error: error instanceof Error ? error.message : String(error) };
  };
  return {
    authorize(attributes, signal) {
      const spec = reviewSpec(attributes);
      try {
        if (!matches(matchConditions, spec)) return { kind: 'no-opinion', reason: '' };
      } catch (error) {
        return failed(error);
      }
      const key = JSON.stringify(spec);
      const known = remembered.get(key);
      if (known && known.untilMs > clock.now()) return decisionOf(known.status);
      remembered.delete(key);
      return ask(key, version === 'v1' ? spec : withGroup(spec), signal).then(decisionOf, failed);
    },
    rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: true, error: 'webhook authorizer does not support user rule resolution' }),
  };
}

/** One false answers for all; an error counts only when no condition is false. */
function matches(conditions: readonly CompiledExpression[], spec: SubjectAccessReviewSpec): boolean {
  const errors: unknown[] = [];
  for (const condition of conditions) {
    try {
      if (condition.evaluate(spec) !== true) return false;
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new Error(errors.map((error) => (error instanceof Error ? error.message : String(error))).join(', '));
  return true;
}

/** What the webhook is asked. */
function reviewSpec({ user, verb, resource, path, fieldSelector, labelSelector }: AuthorizationAttributes): SubjectAccessReviewSpec {
  const subject = {
    user: user.name,
    ...(user.groups.length > 0 ? { groups: [...user.groups] } : {}),
    ...(user.extra && Object.keys(user.extra).length > 0 ? { extra: user.extra as Record<string, string[]> } : {}),
    ...(user.uid ? { uid: user.uid } : {}),
  };
  if (!resource) return { nonResourceAttributes: { path, verb }, ...subject };
  const { group, version, resource: name, subresource, namespace, name: object } = resource;
  const [fields, labels] = [fieldRequirements(fieldSelector), labelRequirements(labelSelector)];
  const asked = withoutEmpty({ namespace, verb, group, version, resource: name, subresource, name: object });
  return {
    resourceAttributes: {
      ...asked,
      ...(fields.length > 0 ? { fieldSelector: { requirements: fields as never } } : {}),
      ...(labels.length > 0 ? { labelSelector: { requirements: labels as never } } : {}),
    },
    ...subject,
  };
}

const withoutEmpty = (fields: Record<string, string>): Record<string, string> => Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));

/** v1beta1 had another name for the groups. */
function withGroup({ groups, ...spec }: SubjectAccessReviewSpec): object {
  return { ...spec, ...(groups ? { group: groups } : {}) };
}

function decisionOf(status: Status): AuthorizationDecision {
  const { allowed = false, denied = false, reason = '' } = status ?? {};
  if (allowed && denied) return { kind: 'deny', reason, error: 'webhook subject access review returned both allow and deny response' };
  return { kind: denied ? 'deny' : allowed ? 'allow' : 'no-opinion', reason };
}
