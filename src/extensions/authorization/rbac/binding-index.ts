import type { ClusterRoleBinding, RoleBinding, Subject } from '../../../api/generated/rbac-v1.ts';
import { clusterrolebindings, rolebindings } from '../../../api/generated/resource-types.ts';
import type { InformerHandler } from '../../../client/informer.ts';
import type { ObservableLookup } from '../../../extension-points/admission/lookup.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import { serviceAccountUserName } from '../../../extension-points/authentication/service-account-issuer.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';

/** A binding that applies to a user, and through which of its subjects. */
export interface AppliedBinding {
  readonly binding: ClusterRoleBinding | RoleBinding;
  readonly subject: Subject;
}

type Bucket = Map<string, AppliedBinding>;

/** All role bindings by whom they name, kept current from change notifications: finding a user's bindings costs a look-up for the name and each group. */
export class BindingIndex implements AsyncDisposable {
  /** Keyed by namespace (`''` for cluster role bindings), then by subject. */
  readonly #byNamespace = new Map<string, Map<string, Bucket>>();
  readonly #resources = new DisposalStack();

  constructor(lookup: ObservableLookup) {
    this.#resources.use(lookup.onChange(clusterrolebindings, this.#handler()));
    this.#resources.use(lookup.onChange(rolebindings, this.#handler()));
  }

  /** The bindings of one namespace, or with `''` the cluster-wide ones, that apply to a user. */
  *applied(user: UserInfo, namespace: string): Generator<AppliedBinding> {
    const bySubject = this.#byNamespace.get(namespace);
    if (!bySubject) return;
    yield* bySubject.get(userKey(user.name))?.values() ?? [];
    for (const group of user.groups) yield* bySubject.get(groupKey(group))?.values() ?? [];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#resources[Symbol.asyncDispose]();
  }

  #handler(): InformerHandler<ClusterRoleBinding | RoleBinding> {
    return {
      added: (binding) => this.#add(binding),
      updated: (binding, old) => {
        this.#remove(old);
        this.#add(binding);
      },
      deleted: (binding) => this.#remove(binding),
    };
  }

  #add(binding: ClusterRoleBinding | RoleBinding): void {
    const { namespace = '', name = '' } = binding.metadata;
    const bySubject = entryOf(this.#byNamespace, namespace);
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace);
      if (key !== undefined) entryOf(bySubject, key).set(name, { binding, subject });
    }
  }

  #remove(binding: ClusterRoleBinding | RoleBinding): void {
    const { namespace = '', name = '' } = binding.metadata;
    const bySubject = this.#byNamespace.get(namespace);
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace) ?? '';
      const bucket = bySubject?.get(key);
      if (bucket?.delete(name) && bucket.size === 0) bySubject?.delete(key);
    }
    if (bySubject?.size === 0) this.#byNamespace.delete(namespace);
  }
}

const userKey = (name: string): string => `User/${name}`;
const groupKey = (name: string): string => `Group/${name}`;

/** A service account of a role binding may leave its namespace out: then it is the binding's. In a cluster role binding it then names nobody. */
function subjectKey(subject: Subject, bindingNamespace: string): string | undefined {
  if (subject.kind === 'User') return userKey(subject.name);
  if (subject.kind === 'Group') return groupKey(subject.name);
  const namespace = subject.namespace || bindingNamespace;
  return subject.kind === 'ServiceAccount' && namespace ? userKey(serviceAccountUserName(namespace, subject.name)) : undefined;
}

function entryOf<Value>(map: Map<string, Map<string, Value>>, key: string): Map<string, Value> {
  const existing = map.get(key);
  if (existing) return existing;
  const created = new Map<string, Value>();
  map.set(key, created);
  return created;
}
