import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ScoresOf } from './play.ts';
import type { Stage } from './stage.ts';

/** Upstream's kube-scheduler as a process. */
export interface UpstreamScheduler extends AsyncDisposable {
  readonly scoresOf: ScoresOf;
  /** Lines of warnings and errors. */
  readonly complaints: readonly string[];
}

export async function startUpstream(binary: string, stage: Stage, configuration: Readonly<Record<string, unknown>> = {}): Promise<UpstreamScheduler> {
  const kubeconfig = join(stage.directory, 'kubeconfig');
  writeFileSync(kubeconfig, JSON.stringify(stage.kubeconfig));
  const file = join(stage.directory, 'scheduler.json');
  const full = {
    ...{ apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration', leaderElection: { leaderElect: false } },
    clientConnection: { kubeconfig, qps: 1_000, burst: 1_000 },
    ...configuration,
  };
  writeFileSync(file, JSON.stringify(full));
  const child = spawn(binary, ['--config', file, '--secure-port=0', '--v=3', '--vmodule=schedule_one=10'], { stdio: ['ignore', 'ignore', 'pipe'] });
  const scores = new Map<string, Record<string, Record<string, number>>>();
  const complaints: string[] = [];
  // The log has what the extender said.
  const extenderWeight = (configuration as { extenders?: readonly { weight?: number }[] }).extenders?.[0]?.weight ?? 1;
  const { promise: isStarted, resolve, reject } = Promise.withResolvers<void>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (/^[EWF]\d{4} /.test(line)) complaints.push(line);
    if (line.includes('Caches populated') && line.includes('Pod')) setTimeout(resolve, 1_000);
    const attempt = /"Attempting to schedule pod" pod="([^"]+)"/.exec(line);
    if (attempt) scores.delete(attempt[1]!);
    const scored = /"(?:Plugin|Extender) scored node for pod" pod="([^"]+)" (plugin|extender)="([^"]+)" node="([^"]+)" score=(-?\d+)/.exec(line);
    if (!scored) return;
    const [, pod, kind, name, node, given] = scored;
    const plugin = kind === 'extender' ? kind : name;
    const score = kind === 'extender' ? String(Number(given) * 10 * extenderWeight) : given;
    const ofNode = ((scores.get(pod!) ?? scores.set(pod!, {}).get(pod!)!)[node!] ??= {});
    if (score !== '0') ofNode[plugin!] = Number(score);
  });
  const exited = new Promise<void>((ended) => child.on('exit', () => ended()));
  child.on('exit', (code) => reject(new Error(`kube-scheduler ended with ${code}: ${complaints.join('\n')}`)));
  await isStarted;
  return {
    complaints,
    scoresOf: (pod) => pod && scores.get(`${pod.metadata.namespace}/${pod.metadata.name}`),
    async [Symbol.asyncDispose]() {
      child.kill();
      await exited;
    },
  };
}
