import type { NodeCondition } from '../../../api/generated/core-v1.ts';
import type { Pressure } from './pressure.ts';

/** The conditions of a node; `problems` are why it is not ready. Reasons and messages are upstream's. Times of last transition are kept from `old`. */
export function nodeConditions(input: { problems: readonly string[]; pressure: Pressure; old: readonly NodeCondition[]; nowText: string }): NodeCondition[] {
  const { problems, pressure, old, nowText } = input;
  const condition = (type: string, status: 'True' | 'False', reason: string, message: string): NodeCondition => {
    const before = old.find((candidate) => candidate.type === type);
    return {
      type,
      status,
      lastHeartbeatTime: nowText,
      lastTransitionTime: before?.status === status ? (before.lastTransitionTime ?? nowText) : nowText,
      reason,
      message,
    };
  };
  return [
    pressure.memory
      ? condition('MemoryPressure', 'True', 'KubeletHasInsufficientMemory', 'kubelet has insufficient memory available')
      : condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
    pressure.disk
      ? condition('DiskPressure', 'True', 'KubeletHasDiskPressure', 'kubelet has disk pressure')
      : condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
    pressure.pids
      ? condition('PIDPressure', 'True', 'KubeletHasInsufficientPID', 'kubelet has insufficient PID available')
      : condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
    problems.length === 0
      ? condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status')
      : condition('Ready', 'False', 'KubeletNotReady', problems.length === 1 ? problems[0]! : `[${problems.join(', ')}]`),
  ];
}

/** The events that go with a change of conditions: `Node x status is now: NodeReady`. */
export function conditionEvents(nodeName: string, before: readonly NodeCondition[], after: readonly NodeCondition[]): { reason: string; message: string }[] {
  const names: Readonly<Record<string, readonly [yes: string, no: string]>> = {
    Ready: ['NodeReady', 'NodeNotReady'],
    MemoryPressure: ['NodeHasInsufficientMemory', 'NodeHasSufficientMemory'],
    DiskPressure: ['NodeHasDiskPressure', 'NodeHasNoDiskPressure'],
    PIDPressure: ['NodeHasInsufficientPID', 'NodeHasSufficientPID'],
  };
  return after.flatMap(({ type, status }) => {
    const [yes, no] = names[type] ?? [];
    if (!yes || !no || before.find((old) => old.type === type)?.status === status) return [];
    const reason = status === 'True' ? yes : no;
    return [{ reason, message: `Node ${nodeName} status is now: ${reason}` }];
  });
}
