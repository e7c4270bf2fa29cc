import type { Probe } from '../../../api/generated/core-v1.ts';
import type { Runtime } from '../../../extension-points/runtime/contract.ts';
import { addressText, type CheckResult, type CheckTarget, portNumber } from './contract.ts';
import { checkExec } from './exec-check.ts';
import { checkHttp } from './http-check.ts';
import { checkTcp } from './tcp-check.ts';

/** Makes one check of any kind. Never throws. */
export type Checker = (target: CheckTarget, probe: Probe) => Promise<CheckResult>;

export function createChecker({ runtime, isSimulated }: { runtime: Runtime; isSimulated: boolean }): Checker {
  return async (target, probe) => {
    const timeoutSeconds = probe.timeoutSeconds ?? 1;
    const timeoutMs = timeoutSeconds * 1000;
    try {
      if (probe.exec) return await checkExec(runtime, target, probe.exec.command ?? [], timeoutSeconds);
      // A simulated pod has an address but nobody behind it.
      if (isSimulated) return { outcome: 'success', output: '' };
      if (probe.httpGet) return await checkHttp(target, probe.httpGet, timeoutMs);
      if (probe.tcpSocket) return await checkTcp(probe.tcpSocket.host || target.podIp, portNumber(probe.tcpSocket.port, target.container), timeoutMs);
      if (probe.grpc) {
        const { checkGrpc } = await import('./grpc-check.ts');
        return await checkGrpc(addressText(target.podIp, probe.grpc.port), probe.grpc.service ?? '', timeoutMs);
      }
      return { outcome: 'unknown', output: `missing probe handler for ${target.container.name}` };
    } catch (error) {
      return { outcome: 'unknown', output: (error as Error).message };
    }
  };
}
