import type { LabelSelector } from '../../../../api/generated/meta-v1.ts';
import { pods } from '../../../../api/generated/resource-types.ts';
import { selectorFromObject } from '../../../../api/label-selector.ts';
import type { DescribeContext } from '../contract.ts';
import { listObjects } from '../list-objects.ts';

interface Controller {
  readonly metadata: { readonly namespace?: string; readonly uid?: string };
}

/** How many pods of a controller are in each phase: `1 Running / 0 Waiting / 0 Succeeded / 0 Failed`. */
export async function podCounts(context: DescribeContext, { metadata }: Controller, selector: LabelSelector | undefined): Promise<string> {
  const labelSelector = selectorFromObject(selector).toString();
  const owned = (await listObjects(context, { resource: pods, namespace: metadata.namespace }, { labelSelector })).filter(
    (pod) => pod.metadata.ownerReferences?.find(({ controller }) => controller)?.uid === metadata.uid,
  );
  const count = (phase: string): number => owned.filter(({ status }) => status?.phase === phase).length;
  return `${count('Running')} Running / ${count('Pending')} Waiting / ${count('Succeeded')} Succeeded / ${count('Failed')} Failed`;
}
