import type { Container, ContainerPort, ContainerStatus, Pod, ResourceRequirements, SeccompProfile } from '../../../../api/generated/core-v1.ts';
import { goQuoted } from '../../../../extension-points/commands/printers/go-syntax.ts';
import { compareText } from '../../../../extension-points/commands/printers/go-values.ts';
import type { Page } from '../page/page.ts';
import { amountText, resourceNames } from '../page/quantities.ts';
import { orNone } from '../page/texts.ts';
import { writeEnvironment, writeEnvironmentSources } from './container-environment.ts';
import { writeContainerStatus } from './container-state.ts';
import { probeText } from './probes.ts';

export interface ContainersOfPod {
  readonly containers: readonly Container[] | undefined;
  readonly statuses?: readonly ContainerStatus[] | undefined;
  /** For the values of fields that variables name; templates have none. */
  readonly pod?: Pod;
}

/** Containers below their title. `indent`: that of a template. */
export function writeContainers(page: Page, title: string, { containers = [], statuses = [], pod }: ContainersOfPod, indent = ''): void {
  page.line(0, `${indent}${title}:${containers.length === 0 ? ' <none>' : ''}`);
  const byName = new Map(statuses.map((status) => [status.name, status]));
  for (const container of containers) {
    const status = byName.get(container.name);
    page.line(1, `${indent === '' ? '' : ' '}${container.name}:`);
    writeBasics(page, container, status);
    writeWords(page, 'Command', container.command);
    writeWords(page, 'Args', container.args);
    if (status) writeContainerStatus(page, status);
    writeResources(page, container.resources, 2);
    writeProbes(page, container);
    if (container.envFrom?.length) writeEnvironmentSources(page, container.envFrom);
    writeEnvironment(page, container, pod);
    writeMounts(page, container);
  }
}

function writeBasics(page: Page, { image, ports, securityContext }: Container, status: ContainerStatus | undefined): void {
  if (status) page.field(2, 'Container ID', status.containerID ?? '');
  page.field(2, 'Image', image ?? '');
  if (status) page.field(2, 'Image ID', status.imageID ?? '');
  writePorts(page, 'Port', ports, ({ containerPort }) => containerPort);
  writePorts(page, 'Host Port', ports, ({ hostPort }) => hostPort ?? 0);
  if (securityContext?.seccompProfile) writeSeccompProfile(page, securityContext.seccompProfile, { level: 2, ofFile: 3 });
}

function writePorts(page: Page, title: string, ports: readonly ContainerPort[] = [], number: (port: ContainerPort) => number): void {
  const texts = ports.map((port) => `${number(port)}/${port.protocol ?? ''}${port.name ? ` (${port.name})` : ''}`);
  if (texts.length > 1) page.field(2, `${title}s`, texts.join(', '));
  else page.field(2, title, orNone(texts[0]));
}

export function writeSeccompProfile(page: Page, { type, localhostProfile }: SeccompProfile, { level, ofFile }: { level: number; ofFile: number }): void {
  page.field(level, 'SeccompProfile', type);
  if (type === 'Localhost') page.field(ofFile, 'LocalhostProfile', localhostProfile ?? '');
}

function writeWords(page: Page, title: string, words: readonly string[] = []): void {
  if (words.length === 0) return;
  page.line(2, `${title}:`);
  for (const word of words) for (const line of word.split('\n')) page.line(3, line);
}

/** Limits and requests. */
export function writeResources(page: Page, resources: ResourceRequirements | undefined, level: number): void {
  for (const [title, list] of [
    ['Limits', resources?.limits],
    ['Requests', resources?.requests],
  ] as const) {
    const names = resourceNames(list);
    if (names.length > 0) page.line(level, `${title}:`);
    for (const name of names) page.field(level + 1, name, amountText(list![name]));
  }
}

function writeProbes(page: Page, { livenessProbe, readinessProbe, startupProbe }: Container): void {
  if (livenessProbe) page.field(2, 'Liveness', probeText(livenessProbe));
  if (readinessProbe) page.field(2, 'Readiness', probeText(readinessProbe));
  if (startupProbe) page.field(2, 'Startup', probeText(startupProbe));
}

function writeMounts(page: Page, { volumeMounts = [], volumeDevices = [] }: Container): void {
  const none = volumeMounts.length === 0 ? '\t<none>' : '';
  page.write(2, `Mounts:${none}\n`);
  for (const { mountPath, name, readOnly, subPath } of [...volumeMounts].sort((left, right) => compareText(left.mountPath, right.mountPath)))
    page.line(3, `${mountPath} from ${name} (${readOnly ? 'ro' : 'rw'}${subPath ? `,path=${goQuoted(subPath)}` : ''})`);
  if (volumeDevices.length === 0) return;
  page.write(2, `Devices:${none}\n`);
  for (const { devicePath, name } of [...volumeDevices].sort((left, right) => compareText(left.devicePath, right.devicePath)))
    page.line(3, `${devicePath} from ${name}`);
}
