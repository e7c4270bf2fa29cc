import { connect } from 'node:net';
import { addressText, type CheckResult, dialErrorText } from './contract.ts';

/** Succeeds when a connection opens in time. */
export function checkTcp(host: string, port: number, timeoutMs: number): Promise<CheckResult> {
  const address = addressText(host, port);
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: timeoutMs });
    const end = (result: CheckResult): void => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end({ outcome: 'success', output: '' }));
    socket.once('timeout', () => end({ outcome: 'failure', output: `dial tcp ${address}: i/o timeout` }));
    socket.once('error', (error) => end({ outcome: 'failure', output: dialErrorText(error, address) }));
  });
}
