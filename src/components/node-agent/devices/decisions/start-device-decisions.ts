import type { DisposalStack } from '../../../../kernel/disposal.ts';
import type { NodeAgentOptions } from '../../options.ts';
import type { Pinning } from '../../topology/pinning.ts';
import { DecisionReporter } from './decision-reporter.ts';
import { DeviceDecisions } from './device-decisions.ts';

/** Has an agent's decisions about devices reported. Simulated nodes have nothing to decide. */
export function startDeviceDecisions(options: NodeAgentOptions, pinning: Pinning, stack: DisposalStack): DeviceDecisions | undefined {
  const { client, nodeName, clock, log, isSimulated, devices, dynamicResources } = options;
  if (isSimulated) return undefined;
  const reporter = stack.use(new DecisionReporter({ client, nodeName, clock, log }));
  return new DeviceDecisions({ nodeName, devices, dynamicResources, pinning, clock, record: (decision) => reporter.record(decision) });
}
