import type { Labels } from '../../../extension-points/node-labels/contract.ts';

/** How often each device of a resource is offered. */
export interface Replication {
  readonly replicas: number;
  /** Whether the replicas are offered under another name (`nvidia.com/gpu.shared`). */
  readonly isRenamed: boolean;
}

export interface GpuResource {
  /** `nvidia.com/gpu`. */
  readonly name: string;
  /** What its product is called: the model, and what part of it. */
  readonly product: readonly string[];
  readonly count: number;
  /** Undefined where nothing is shared; `none` for GPUs that are not offered as a whole. */
  readonly replication: Replication | undefined | 'none';
}

/** What GPU feature discovery says of every resource. */
export function resourceLabels({ name, product, count, replication }: GpuResource): Labels {
  const replicas = replication === 'none' ? 0 : (replication?.replicas ?? 1);
  const isShared = replicas > 1;
  const isRenamed = replication !== 'none' && (replication?.isRenamed ?? false);
  const parts = [...product.map(sanitised).filter((part) => part !== ''), ...(isShared && !isRenamed ? ['SHARED'] : [])];
  return {
    [`${name}.product`]: parts.join('-'),
    [`${name}.count`]: String(count),
    [`${name}.replicas`]: String(replicas),
    [`${name}.sharing-strategy`]: isShared ? 'time-slicing' : 'none',
  };
}

/** As a part of the value of a label. */
export const sanitised = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9\-_. ]/g, '')
    .trim()
    .replaceAll(/ +/g, '-');
