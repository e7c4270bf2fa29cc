import type { FlowSchema, NonResourcePolicyRule, ResourcePolicyRule, Subject } from '../../../api/generated/flowcontrol-v1.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import type { RequestInfo, ResourceRequestInfo } from '../request-info.ts';

/** What a request is classified by. `path` is that of requests which are about no resource. */
export interface Digest {
  readonly user: UserInfo;
  readonly info: RequestInfo;
  readonly path: string;
}

/** A flow schema together with what the host keeps for it. */
export interface MatchableFlow {
  readonly schema: FlowSchema;
}

/**
 * Finds the flow schema of a request: the first, by precedence and then name, that has a rule for its user and for what it asks. What depends on the user alone
 * is worked out once per user.
 */
export class FlowMatcher<Flow extends MatchableFlow> {
  readonly #flows: readonly Flow[];
  readonly #fallback: Flow;
  readonly #byUser = new WeakMap<UserInfo, readonly UserRules<Flow>[]>();

  /** `fallback` takes what nothing matches. */
  constructor(flows: readonly Flow[], fallback: Flow) {
    this.#flows = [...flows].sort(byPrecedence);
    this.#fallback = fallback;
  }

  match({ user, info, path }: Digest): Flow {
    let candidates = this.#byUser.get(user);
    if (!candidates) this.#byUser.set(user, (candidates = candidatesFor(user, this.#flows)));
    for (const { flow, resourceRules, otherRules } of candidates) {
      if (info.isResource ? resourceRules.some((rule) => coversResource(rule, info)) : otherRules.some((rule) => coversPath(rule, info.verb, path)))
        return flow;
    }
    return this.#fallback;
  }
}

function byPrecedence({ schema: left }: MatchableFlow, { schema: right }: MatchableFlow): number {
  const order = left.spec!.matchingPrecedence! - right.spec!.matchingPrecedence!;
  return order || ((left.metadata.name ?? '') < (right.metadata.name ?? '') ? -1 : 1);
}

/** The rules of a flow that apply to one user. */
interface UserRules<Flow> {
  readonly flow: Flow;
  readonly resourceRules: readonly ResourcePolicyRule[];
  readonly otherRules: readonly NonResourcePolicyRule[];
}

function candidatesFor<Flow extends MatchableFlow>(user: UserInfo, flows: readonly Flow[]): UserRules<Flow>[] {
  const found: UserRules<Flow>[] = [];
  for (const flow of flows) {
    const rules = (flow.schema.spec?.rules ?? []).filter((rule) => rule.subjects.some((subject) => isSubject(user, subject)));
    if (rules.length > 0)
      found.push({ flow, resourceRules: rules.flatMap((rule) => rule.resourceRules ?? []), otherRules: rules.flatMap((rule) => rule.nonResourceRules ?? []) });
  }
  return found;
}

function isSubject(user: UserInfo, subject: Subject): boolean {
  if (subject.kind === 'User') return subject.user?.name === '*' || subject.user?.name === user.name;
  if (subject.kind === 'Group') return subject.group?.name === '*' || user.groups.includes(subject.group?.name ?? '');
  const { namespace = '', name = '' } = subject.serviceAccount ?? {};
  const prefix = `system:serviceaccount:${namespace}:`;
  return name === '*' ? user.name.startsWith(prefix) : user.name === `${prefix}${name}`;
}

/** `*` stands for everything only where it stands alone, which validation sees to. */
const holds = (list: readonly string[] | undefined, wanted: string): boolean => list !== undefined && (list[0] === '*' || list.includes(wanted));

function coversResource(rule: ResourcePolicyRule, { verb, group, resource, subresource, namespace }: ResourceRequestInfo): boolean {
  return (
    holds(rule.verbs, verb) &&
    holds(rule.resources, subresource === '' ? resource : `${resource}/${subresource}`) &&
    holds(rule.apiGroups, group) &&
    (namespace === '' ? rule.clusterScope === true : holds(rule.namespaces, namespace))
  );
}

const coversPath = (rule: NonResourcePolicyRule, verb: string, path: string): boolean =>
  holds(rule.verbs, verb) && rule.nonResourceURLs.some((url) => url === '*' || url === path || path.startsWith(pathPrefix(url)));

/** A rule covers what is below its path, with or without a star at its end. */
function pathPrefix(url: string): string {
  const prefix = url.endsWith('*') ? url.slice(0, -1) : url;
  return prefix.endsWith('/') ? prefix : `${prefix}/`;
}
