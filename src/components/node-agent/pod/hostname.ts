import type { Pod } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';

/** Linux refuses longer host names. */
const maximumLength = 63;

/** The pod's host name, cut to what Linux takes, and its domain (`''` without a sub-domain). */
export function hostnameOf(pod: Pod, clusterDomain: string): { hostname: string; domain: string } {
  const { hostname, subdomain, hostnameOverride } = pod.spec;
  if (hostnameOverride) return { hostname: hostnameOverride, domain: '' };
  const name = (hostname || nameOf(pod)).slice(0, maximumLength).replace(/[-.]+$/, '');
  return { hostname: name, domain: subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '' };
}

/** What the sandbox is given: with `setHostnameAsFQDN` the full name, which must fit. Throws when it does not. */
export function sandboxHostname(pod: Pod, clusterDomain: string): string {
  if (pod.spec.hostNetwork) return '';
  const { hostname, domain } = hostnameOf(pod, clusterDomain);
  if (!pod.spec.setHostnameAsFQDN || domain === '') return hostname;
  const full = `${hostname}.${domain}`;
  if (full.length > 64)
    throw new Error(
      `failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long (64 characters is the max, ${full.length} characters requested)`,
    );
  return full;
}
