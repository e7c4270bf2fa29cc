import { derived } from '../../../api/common-parts.ts';
import type { Pod, PodSpec, ServiceAccount } from '../../../api/generated/core-v1.ts';
import { serviceaccounts } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type AdmissionPlugin, type AdmissionRequest, allow, type Denied } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import { isMirrorPod, secretNames } from '../../../extension-points/admission/pod-references.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { unlistedSecret } from './mountable-secrets.ts';
import { withTokenVolume } from './token-volume.ts';

export interface ServiceAccountAdmissionDependencies {
  readonly lookup: ObjectLookup;
  readonly clock: Pick<Clock, 'sleep'>;
}

const defaultAccount = 'default';
/** The default account of a new namespace is made by a controller: a pod created right after the namespace waits for it (upstream: 10 tries, 100 to 200 ms apart). */
const defaultAccountTries = 10;
const defaultAccountWaitMs = 150;

/** Gives every pod a service account that exists, and its containers that account's token. */
export function createServiceAccountAdmission({ lookup, clock }: ServiceAccountAdmissionDependencies): AdmissionPlugin {
  const find = async (namespace: string, name: string, signal: AbortSignal): Promise<ServiceAccount | undefined> => {
    const tries = name === defaultAccount ? defaultAccountTries : 1;
    for (let attempt = 1; ; attempt++) {
      const account = lookup.get(serviceaccounts, { namespace, name });
      if (account || attempt >= tries) return account;
      await clock.sleep(defaultAccountWaitMs, signal);
    }
  };

  return {
    handles: ({ resource, subresource, operation }) =>
      resource.group === '' &&
      resource.resource === 'pods' &&
      ((operation === 'CREATE' && subresource === '') || (operation === 'UPDATE' && subresource === 'ephemeralcontainers')),
    async mutate(request, signal) {
      const pod = request.object as unknown as Pod | undefined;
      if (!pod?.spec || request.operation !== 'CREATE' || isMirrorPod(pod)) return allow;
      const name = pod.spec.serviceAccountName || defaultAccount;
      const account = await find(request.namespace, name, signal);
      if (!account) return missing(request, name);
      return { kind: 'replace', object: completed(pod, name, account) as unknown as UntypedObject };
    },
    async validate(request) {
      const pod = request.object as unknown as Pod | undefined;
      if (!pod?.spec) return allow;
      if (isMirrorPod(pod)) return mirrorPodRefusal(request, pod) ?? allow;
      const name = pod.spec.serviceAccountName ?? '';
      const account = lookup.get(serviceaccounts, { namespace: request.namespace, name });
      if (!account) return missing(request, name);
      const why = unlistedSecret(pod.spec, account);
      return why === undefined ? allow : forbidRequest(request, why);
    },
  };
}

const missing = (request: AdmissionRequest, name: string): Denied =>
  forbidRequest(request, `error looking up service account ${request.namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`);

/** Pods of one template get one spec, and with it one name for the volume of the token. */
function completed(pod: Pod, name: string, { imagePullSecrets, automountServiceAccountToken }: ServiceAccount): Pod {
  const key = `service account ${JSON.stringify([name, imagePullSecrets, automountServiceAccountToken])}`;
  return { ...pod, spec: derived(pod.spec!, key, () => withAccount(pod.spec!, name, { imagePullSecrets, automountServiceAccountToken })) };
}

function withAccount(
  before: PodSpec,
  name: string,
  { imagePullSecrets, automountServiceAccountToken }: Pick<ServiceAccount, 'imagePullSecrets' | 'automountServiceAccountToken'>,
): PodSpec {
  const spec = { ...before, serviceAccountName: name, serviceAccount: name };
  if (!spec.imagePullSecrets?.length && imagePullSecrets?.length) spec.imagePullSecrets = [...imagePullSecrets];
  return (spec.automountServiceAccountToken ?? automountServiceAccountToken ?? true) ? withTokenVolume(spec) : spec;
}

/** A mirror pod runs already, without anything from the API server: it may not look as if it had an account or secrets. */
function mirrorPodRefusal(request: AdmissionRequest, pod: Pod): Denied | undefined {
  if (pod.spec?.serviceAccountName) return forbidRequest(request, 'a mirror pod may not reference service accounts');
  if (secretNames(pod).size > 0) return forbidRequest(request, 'a mirror pod may not reference secrets');
  const sources = (pod.spec?.volumes ?? []).flatMap((volume) => volume.projected?.sources ?? []);
  return sources.some((source) => source.serviceAccountToken)
    ? forbidRequest(request, 'a mirror pod may not use ServiceAccountToken volume projections')
    : undefined;
}
