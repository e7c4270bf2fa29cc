import type { PodSandboxConfig } from '../../../extension-points/runtime/contract.ts';
import type { Behaviour, Script } from './behaviour.ts';
import type { PodRule, Seconds } from './simulation.ts';

/** The rules of a simulation as a script: what the first rule that matches a pod says of each of its containers. `random` answers 0 to 1. */
export function scriptOf(rules: readonly PodRule[], random: () => number = Math.random): Script | undefined {
  if (rules.length === 0) return undefined;
  return (_container, sandbox) => {
    const rule = rules.find((candidate) => matches(candidate, sandbox));
    return rule ? behaviourBy(rule, random) : {};
  };
}

const matches = ({ namespace, labels }: PodRule, sandbox: PodSandboxConfig): boolean =>
  (namespace === undefined || namespace === sandbox.metadata.namespace) && Object.entries(labels).every(([name, value]) => sandbox.labels[name] === value);

function behaviourBy(rule: PodRule, random: () => number): Partial<Behaviour> {
  const { startSeconds, runSeconds, exitReason, failureShare } = rule;
  const hasFailed = failureShare === undefined ? rule.exitCode !== undefined && rule.exitCode !== 0 : random() < failureShare;
  const exitCode = failureShare === undefined ? rule.exitCode : hasFailed ? (rule.exitCode ?? 1) : 0;
  return {
    ...(startSeconds === undefined ? {} : { startSeconds: oneOf(startSeconds, random) }),
    ...(runSeconds === undefined ? {} : { runSeconds: oneOf(runSeconds, random) }),
    ...(exitCode === undefined ? {} : { exitCode }),
    ...(exitReason !== undefined && hasFailed ? { exitReason } : {}),
  };
}

const oneOf = (seconds: Seconds, random: () => number): number => (typeof seconds === 'number' ? seconds : seconds[0] + (seconds[1] - seconds[0]) * random());
