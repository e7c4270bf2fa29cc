import type { Container, PodSpec } from '../../../api/generated/core-v1.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';

/** Labels of nodes that have another name now. */
const renamedLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

/** What is accepted in a pod spec but hardly meant, in upstream's words. `path` is where the spec stands. Takes time in proportion to the spec. */
export function podSpecWarnings(spec: Loose<PodSpec> | undefined, path: string): string[] {
  const warnings: string[] = [];
  if ((spec?.terminationGracePeriodSeconds ?? 0) < 0)
    warnings.push(`${path}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
  for (const label of Object.keys(spec?.nodeSelector ?? {})) {
    if (Object.hasOwn(renamedLabels, label)) warnings.push(`${path}.nodeSelector[${label}]: ${renamedLabels[label]}`);
  }
  for (const [index, { name }] of (spec?.imagePullSecrets ?? []).entries()) {
    if (!name) warnings.push(`${path}.imagePullSecrets[${index}].name: invalid empty name ${JSON.stringify(name ?? '')}`);
  }
  for (const field of ['containers', 'initContainers'] as const) {
    for (const [index, container] of (spec?.[field] ?? []).entries()) warnOfContainer(container, `${path}.${field}[${index}]`, warnings);
  }
  return warnings;
}

function warnOfContainer({ env = [], ports = [] }: Loose<Container>, path: string, warnings: string[]): void {
  const names = new Set<string>();
  for (const [position, { name = '' }] of env.entries()) {
    if (names.has(name)) warnings.push(`${path}.env[${position}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`);
    names.add(name);
  }
  const known = new Map<string, number>();
  for (const [position, { containerPort, protocol = 'TCP', hostPort = 0, hostIP = '' }] of ports.entries()) {
    const text = `${containerPort}/${protocol}/${hostPort}/${hostIP}`;
    const first = known.get(text);
    if (first === undefined) known.set(text, position);
    else warnings.push(`${path}.ports[${position}]: duplicate port definition with ${path}.ports[${first}]`);
  }
}
