import type { Node, Pod } from '../../../../api/generated/core-v1.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import type { Page } from '../page/page.ts';
import { type Amounts, addAmounts, amountsOf, formatAmount, percentOf } from '../page/quantities.ts';
import { since } from '../page/times.ts';
import { limitsOf, requestsOf } from '../pods/pod-amounts.ts';

/** CPU counts in thousandths, everything else in whole units. */
const unitOf = (resource: string): bigint => (resource === 'cpu' ? 1_000_000n : 1_000_000_000n);

/** The pods of a node with what they ask for, and the sums. */
export function writeNodePods(page: Page, { status }: Node, pods: readonly Pod[], now: number): void {
  page.field(0, 'Non-terminated Pods', `(${pods.length} in total)`);
  page.line(1, 'Namespace', 'Name', '', 'CPU Requests', 'CPU Limits', 'Memory Requests', 'Memory Limits', 'Age');
  page.line(1, '---------', '----', '', '------------', '----------', '---------------', '-------------', '---');
  const isAllocatable = Object.keys(status?.allocatable ?? {}).length > 0;
  const whole = amountsOf(isAllocatable ? status?.allocatable : status?.capacity);
  for (const pod of pods) {
    const requests = requestsOf(pod, { usesStatus: true });
    const limits = limitsOf(pod, { usesStatus: true });
    const share = (amounts: Amounts, resource: string): string => {
      const percent = percentOf(amounts.get(resource), whole.get(resource), unitOf(resource));
      return `${formatAmount(amounts.get(resource))} (${Number.isFinite(percent) ? percent : smallestInteger}%)`;
    };
    page.line(
      1,
      pod.metadata.namespace,
      pod.metadata.name,
      '',
      ...['cpu', 'memory'].flatMap((resource) => [share(requests, resource), share(limits, resource)]),
      since(pod.metadata.creationTimestamp, now),
    );
  }
  writeSums(page, whole, pods);
}

/** What Go makes of a part of nothing. */
const smallestInteger = '-9223372036854775808';

function writeSums(page: Page, whole: Amounts, pods: readonly Pod[]): void {
  page.write(0, 'Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n');
  page.line(1, 'Resource', 'Requests', 'Limits');
  page.line(1, '--------', '--------', '------');
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  for (const pod of pods) {
    addAmounts(requests, requestsOf(pod, { usesStatus: false }));
    addAmounts(limits, limitsOf(pod, { usesStatus: false }));
  }
  const share = (amounts: Amounts, resource: string): string => {
    const percent = percentOf(amounts.get(resource), whole.get(resource), unitOf(resource));
    return `${formatAmount(amounts.get(resource))} (${Number.isFinite(percent) ? percent : 0}%)`;
  };
  const names = [...whole.keys()].sort(compareText);
  const standard = ['cpu', 'memory', 'ephemeral-storage'];
  for (const resource of [...standard, ...names.filter((name) => name.startsWith('hugepages-'))])
    page.line(1, resource, share(requests, resource), share(limits, resource));
  for (const resource of names)
    if (!standard.includes(resource) && resource !== 'pods' && !resource.startsWith('hugepages-'))
      page.line(1, resource, formatAmount(requests.get(resource)), formatAmount(limits.get(resource)));
}
