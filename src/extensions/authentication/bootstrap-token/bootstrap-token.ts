import { timingSafeEqual } from 'node:crypto';
import { secrets } from '../../../api/generated/resource-types.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import {
  bootstrapTokenEndMs,
  bootstrapTokenField,
  bootstrapTokenNamespace,
  bootstrapTokenPrefix,
  bootstrapTokenType,
} from '../../../extension-points/authentication/bootstrap-token.ts';
import type { AuthenticationOutcome, Authenticator } from '../../../extension-points/authentication/contract.ts';
import type { Clock } from '../../../kernel/clock.ts';

const tokenPattern = /^([a-z0-9]{6})\.([a-z0-9]{16})$/;
const groupPattern = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/;
const nothing: AuthenticationOutcome = { kind: 'no-opinion' };

/**
 * Knows bootstrap tokens, with which nodes join: `<id>.<secret>`, kept in the Secret `bootstrap-token-<id>` of kube-system, type `bootstrap.kubernetes.io/token`.
 * The user is `system:bootstrap:<id>` in `system:bootstrappers`. A token that is not as it must be, or has expired, is nobody's.
 */
export function createBootstrapTokenAuthenticator({ lookup, clock }: { readonly lookup: ObjectLookup; readonly clock: Pick<Clock, 'now'> }): Authenticator {
  return {
    authenticate({ token }) {
      const [, id = '', secret = ''] = tokenPattern.exec(token ?? '') ?? [];
      if (id === '') return nothing;
      const stored = lookup.get(secrets, { namespace: bootstrapTokenNamespace, name: `${bootstrapTokenPrefix}${id}` });
      if (!stored || stored.type !== bootstrapTokenType || stored.metadata.deletionTimestamp) return nothing;
      const field = (name: string): string => bootstrapTokenField(stored, name);
      if (!sameText(field('token-secret'), secret) || field('token-id') !== id) return nothing;
      if (bootstrapTokenEndMs(stored) <= clock.now() || field('usage-bootstrap-authentication') !== 'true') return nothing;
      const groups = groupsOf(field('auth-extra-groups'));
      return groups ? { kind: 'authenticated', user: { name: `system:bootstrap:${id}`, groups } } : nothing;
    },
  };
}

function sameText(left: string, right: string): boolean {
  const [one, other] = [Buffer.from(left), Buffer.from(right)];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** `undefined` when one of the groups is none that a bootstrap token may give. */
function groupsOf(extra: string): string[] | undefined {
  const named = extra === '' ? [] : [...new Set(extra.split(','))].sort();
  return named.every((group) => groupPattern.test(group)) ? ['system:bootstrappers', ...named] : undefined;
}
