import type { UserInfo } from '../authentication/contract.ts';

/** Says whether a user may do something. Asked in order; the first `allow` or `deny` is the answer; if nobody has an opinion the request is forbidden. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes, signal: AbortSignal): AuthorizationDecision | Promise<AuthorizationDecision>;
  /** The rules that apply to a user in a namespace, for SelfSubjectRulesReview. `incomplete` when they cannot be listed. */
  rulesFor?(user: UserInfo, namespace: string): AuthorizationRules;
}

export interface AuthorizationAttributes {
  readonly user: UserInfo;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, `connect` verbs as upstream maps them; lower-case HTTP method for non-resource paths. */
  readonly verb: string;
  /** Absent for non-resource requests. */
  readonly resource?: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
    readonly subresource: string;
    readonly namespace: string;
    readonly name: string;
  };
  /** The URL path, for non-resource requests. */
  readonly path: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** `error` is what went wrong on the way; an `allow` holds all the same; a request that is not allowed is answered 500 with it, and reviews show it. */
export type AuthorizationDecision = { readonly kind: 'allow' | 'deny' | 'no-opinion'; readonly reason: string; readonly error?: string };

export interface AuthorizationRules {
  readonly resourceRules: readonly {
    readonly verbs: readonly string[];
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
  readonly nonResourceRules: readonly { readonly verbs: readonly string[]; readonly nonResourceURLs: readonly string[] }[];
  readonly incomplete: boolean;
  /** Why, when it is. */
  readonly error?: string;
}
