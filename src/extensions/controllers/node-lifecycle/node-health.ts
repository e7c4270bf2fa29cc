import type { Lease } from '../../../api/generated/coordination-v1.ts';
import type { Node, NodeCondition } from '../../../api/generated/core-v1.ts';
import { nameOf } from '../../../api/object.ts';
import { timeText } from '../../../kernel/clock.ts';

// Upstream's `--node-monitor-grace-period` and `--node-startup-grace-period`.
const graceMs = 50_000;
const startupGraceMs = 60_000;

interface Health {
  readyHeartbeat: string | undefined;
  renewTime: string | undefined;
  probedMs: number;
  hasReady: boolean;
}

/** Remembers when each node last gave a sign of life: a renewed lease or a new Ready heartbeat. Only local time is compared, never a node's clock. */
export class NodeHealth {
  readonly #health = new Map<string, Health>();

  /** The conditions a silent node gets; undefined while it is alive or already marked. */
  check(node: Node, lease: Lease | undefined, nowMs: number): NodeCondition[] | undefined {
    const health = this.#observe(node, lease, nowMs);
    const grace = health.hasReady ? graceMs : startupGraceMs;
    return nowMs > health.probedMs + grace ? unknownConditions(node, nowMs) : undefined;
  }

  forget(name: string): void {
    this.#health.delete(name);
  }

  /** Gives every node a full grace period again, after a time in which nobody could be heard. */
  restart(nowMs: number): void {
    for (const health of this.#health.values()) health.probedMs = nowMs;
  }

  #observe(node: Node, lease: Lease | undefined, nowMs: number): Health {
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    let health = this.#health.get(nameOf(node));
    if (!health) {
      const probedMs = ready ? nowMs : Date.parse(node.metadata.creationTimestamp ?? '') || nowMs;
      health = { readyHeartbeat: ready?.lastHeartbeatTime, renewTime: lease?.spec.renewTime, probedMs, hasReady: ready !== undefined };
      this.#health.set(nameOf(node), health);
      return health;
    }
    const isHeartbeatNew = ready?.lastHeartbeatTime !== health.readyHeartbeat && ready?.status !== 'Unknown';
    const isLeaseNew = lease?.spec.renewTime !== undefined && lease.spec.renewTime !== health.renewTime;
    if (isHeartbeatNew || isLeaseNew || (ready !== undefined && !health.hasReady)) health.probedMs = nowMs;
    Object.assign(health, { readyHeartbeat: ready?.lastHeartbeatTime, renewTime: lease?.spec.renewTime ?? health.renewTime, hasReady: ready !== undefined });
    return health;
  }
}

const watchedConditions = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

function unknownConditions(node: Node, nowMs: number): NodeCondition[] | undefined {
  const now = timeText(nowMs);
  const conditions = [...(node.status?.conditions ?? [])];
  let isChanged = false;
  for (const type of watchedConditions) {
    const index = conditions.findIndex((condition) => condition.type === type);
    const current = conditions[index];
    if (current?.status === 'Unknown') continue;
    isChanged = true;
    if (current)
      conditions[index] = {
        ...current,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        message: 'Kubelet stopped posting node status.',
        lastTransitionTime: now,
      };
    else {
      const lastHeartbeatTime = node.metadata.creationTimestamp ?? now;
      conditions.push({
        type,
        status: 'Unknown',
        reason: 'NodeStatusNeverUpdated',
        message: 'Kubelet never posted node status.',
        lastHeartbeatTime,
        lastTransitionTime: now,
      });
    }
  }
  return isChanged ? conditions : undefined;
}
