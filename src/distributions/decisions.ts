import { AdmissionMemory } from '../components/api-server/decisions/admission-memory.ts';
import { DeviceMemory } from '../components/api-server/decisions/device-memory.ts';
import { DecisionMemory } from '../components/scheduler/decision-recorder.ts';
import { admissionReaderService } from '../extension-points/admission/decision.ts';
import { deviceDecisionsService } from '../extension-points/devices/decision.ts';
import { AttachableOracle } from '../extension-points/scheduling/attachable-oracle.ts';
import { decisionReaderService, schedulingOracleService } from '../extension-points/scheduling/decision-resources.ts';
import type { Clock } from '../kernel/clock.ts';

/** What remembers decisions and answers for them: made before the API server, which serves them, and the scheduler, which makes them. */
export interface Decisions {
  readonly scheduling: DecisionMemory;
  readonly oracle: AttachableOracle;
  readonly admission: AdmissionMemory;
  /** For `ResourceServices.service`. */
  readonly services: ReadonlyMap<string, unknown>;
}

export function createDecisions(clock: Clock): Decisions {
  const scheduling = new DecisionMemory({ clock });
  const oracle = new AttachableOracle();
  const admission = new AdmissionMemory({ clock });
  const services = new Map<string, unknown>([
    [admissionReaderService, admission],
    [deviceDecisionsService, new DeviceMemory({ clock })],
    [decisionReaderService, scheduling],
    [schedulingOracleService, oracle],
  ]);
  return { scheduling, oracle, admission, services };
}
