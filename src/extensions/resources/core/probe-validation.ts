import type { ExecAction, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, ProbeHandler } from '../../../api/generated/core-v1.ts';
import { headerNameProblems } from '../../../api/names.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { Loose } from '../../../extension-points/resources/draft.ts';
import { validateNotNegative } from '../../../extension-points/resources/object-meta.ts';
import { joined, optionalOneOfAt, portAt, problemsAt, requiredAt } from './field-checks.ts';

type AnyHandler = Loose<ProbeHandler> & Loose<LifecycleHandler>;

/** `lifecycle` of a container. `gracePeriodSeconds` is the pod's. */
export function validateLifecycle(lifecycle: Loose<Lifecycle> | undefined, gracePeriodSeconds: number | undefined, path: string): FieldError[] {
  return joined(
    lifecycle?.postStart ? validateHandler(lifecycle.postStart, gracePeriodSeconds, `${path}.postStart`) : [],
    lifecycle?.preStop ? validateHandler(lifecycle.preStop, gracePeriodSeconds, `${path}.preStop`) : [],
  );
}

/** Liveness and startup probes: one success is enough, by rule. */
export function validateLivenessProbe(probe: Loose<Probe> | undefined, path: string): FieldError[] {
  if (!probe) return [];
  const errors = validateProbe(probe, path);
  if (probe.successThreshold !== 1) errors.push(fieldError.invalid(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'));
  return errors;
}

export function validateReadinessProbe(probe: Loose<Probe> | undefined, path: string): FieldError[] {
  if (!probe) return [];
  const errors = validateProbe(probe, path);
  if (probe.terminationGracePeriodSeconds !== undefined) {
    errors.push(fieldError.invalid(`${path}.terminationGracePeriodSeconds`, probe.terminationGracePeriodSeconds, 'must not be set for readinessProbes'));
  }
  return errors;
}

function validateProbe(probe: Loose<Probe>, path: string): FieldError[] {
  const errors = validateHandler(probe, undefined, path);
  for (const field of ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'] as const) {
    errors.push(...validateNotNegative(probe[field], `${path}.${field}`));
  }
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0) errors.push(fieldError.invalid(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  return errors;
}

function validateHandler(handler: AnyHandler, gracePeriodSeconds: number | undefined, path: string): FieldError[] {
  const checks: [string, boolean, () => FieldError[]][] = [
    ['exec', handler.exec !== undefined, () => validateExec(handler.exec, `${path}.exec`)],
    ['httpGet', handler.httpGet !== undefined, () => validateHttpGet(handler.httpGet ?? {}, `${path}.httpGet`)],
    ['tcpSocket', handler.tcpSocket !== undefined, () => portAt(handler.tcpSocket?.port, `${path}.tcpSocket.port`)],
    ['grpc', handler.grpc !== undefined, () => portAt(handler.grpc?.port, `${path}.grpc.port`)],
    ['sleep', handler.sleep !== undefined, () => validateSleep(handler.sleep?.seconds ?? 0, gracePeriodSeconds, `${path}.sleep`)],
  ];
  const present = checks.filter(([, isThere]) => isThere);
  if (present.length === 0) return [fieldError.required(path, 'must specify a handler type')];
  return present.flatMap(([name, , check], index) =>
    index === 0 ? check() : [fieldError.forbidden(`${path}.${name}`, 'may not specify more than 1 handler type')],
  );
}

const validateExec = (exec: Loose<ExecAction> | undefined, path: string): FieldError[] => requiredAt(exec?.command ?? [], `${path}.command`);

function validateHttpGet(http: Loose<HTTPGetAction>, path: string): FieldError[] {
  return joined(
    requiredAt(http.path, `${path}.path`),
    portAt(http.port, `${path}.port`),
    optionalOneOfAt(http.scheme, ['HTTP', 'HTTPS'], `${path}.scheme`),
    (http.httpHeaders ?? []).flatMap((header) => problemsAt(headerNameProblems, header.name ?? '', `${path}.httpHeaders`)),
  );
}

function validateSleep(seconds: number, gracePeriodSeconds: number | undefined, path: string): FieldError[] {
  if (gracePeriodSeconds === undefined || (seconds >= 0 && seconds <= gracePeriodSeconds)) return [];
  return [fieldError.invalid(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriodSeconds})`)];
}
